# Only with subnet_ids. From a VPC, GitHub is reached through a NAT gateway only; so are Secrets Manager, S3 and SQS, unless
# the VPC has endpoints for them. This module makes neither VPC nor NAT gateway: they are mostly there, and shared.

locals {
  own_group                = local.in_vpc && length(var.security_group_ids) == 0
  function_security_groups = local.own_group ? aws_security_group.functions[*].id : var.security_group_ids
}

resource "aws_security_group" "functions" {
  count       = local.own_group ? 1 : 0
  name        = "${var.name}-functions"
  description = "Lambda functions of github-tracker"
  vpc_id      = var.vpc_id
}

# GitHub's and AWS's addresses change, so HTTPS goes anywhere; nothing comes in.
resource "aws_vpc_security_group_egress_rule" "https" {
  count             = local.own_group ? 1 : 0
  security_group_id = aws_security_group.functions[0].id
  description       = "GitHub and AWS"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "database" {
  count                        = local.own_group ? 1 : 0
  security_group_id            = aws_security_group.functions[0].id
  description                  = "PostgreSQL"
  ip_protocol                  = "tcp"
  from_port                    = var.database_port
  to_port                      = var.database_port
  referenced_security_group_id = aws_security_group.database[0].id
}

# For the database: the module's own, or one that exists and is given this group. Only the functions get in.
resource "aws_security_group" "database" {
  count       = local.in_vpc ? 1 : 0
  name        = "${var.name}-database"
  description = "PostgreSQL of github-tracker, for its Lambda functions only"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  count                        = local.in_vpc ? max(1, length(var.security_group_ids)) : 0
  security_group_id            = aws_security_group.database[0].id
  description                  = "Lambda functions of github-tracker"
  ip_protocol                  = "tcp"
  from_port                    = var.database_port
  to_port                      = var.database_port
  referenced_security_group_id = local.function_security_groups[count.index]
}

resource "aws_security_group" "endpoint" {
  count       = local.in_vpc && var.create_secretsmanager_endpoint ? 1 : 0
  name        = "${var.name}-endpoint"
  description = "Interface endpoint for Secrets Manager"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "endpoint" {
  count                        = local.in_vpc && var.create_secretsmanager_endpoint ? max(1, length(var.security_group_ids)) : 0
  security_group_id            = aws_security_group.endpoint[0].id
  description                  = "Lambda functions of github-tracker"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = local.function_security_groups[count.index]
}

# Its policy lets nothing pass but reading this deployment's secrets, in this account.
data "aws_iam_policy_document" "endpoint" {
  count = local.in_vpc && var.create_secretsmanager_endpoint ? 1 : 0
  statement {
    sid       = "OwnSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = values(local.secret_arns)
    principals {
      type        = "AWS"
      identifiers = [for name in keys(local.functions) : aws_iam_role.function[name].arn]
    }
  }
}

resource "aws_vpc_endpoint" "secretsmanager" {
  count               = local.in_vpc && var.create_secretsmanager_endpoint ? 1 : 0
  vpc_id              = var.vpc_id
  service_name        = "com.amazonaws.${var.region}.secretsmanager"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = var.subnet_ids
  security_group_ids  = aws_security_group.endpoint[*].id
  private_dns_enabled = true
  policy              = data.aws_iam_policy_document.endpoint[0].json
}
