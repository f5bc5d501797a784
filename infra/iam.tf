# One role for each function, with nothing but its own logs, secrets, objects and queue. Wildcards are listed, with their
# reasons, in tests/integration/test_infra_policies.py, which refuses any other.

data "aws_iam_policy_document" "lambda_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  for_each           = local.functions
  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.lambda_trust.json
}

data "aws_iam_policy_document" "function" {
  for_each = local.functions

  statement {
    sid       = "OwnLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${local.partition}:logs:${var.region}:${local.account}:log-group:${local.log_groups[each.key]}:log-stream:*"]
  }

  statement {
    sid       = "OwnSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [for name in each.value.secrets : local.secret_arns[name]]
  }

  dynamic "statement" {
    for_each = length(each.value.objects) > 0 ? [true] : []
    content {
      sid       = "Configuration"
      actions   = ["s3:GetObject"]
      resources = [for key in each.value.objects : "arn:${local.partition}:s3:::${local.bucket}/${key}"]
    }
  }

  dynamic "statement" {
    for_each = length(each.value.queue) > 0 ? [true] : []
    content {
      sid       = "WorkQueue"
      actions   = each.value.queue
      resources = aws_sqs_queue.work[*].arn
    }
  }

  dynamic "statement" {
    for_each = each.value.is_async ? [true] : []
    content {
      sid       = "FailedInvocations"
      actions   = ["sqs:SendMessage"]
      resources = [aws_sqs_queue.failed_invocations.arn]
    }
  }

  dynamic "statement" {
    for_each = aws_kms_key.own[*].arn
    content {
      sid       = "OwnKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }

  # Lambda itself makes the network interfaces. AWS allows no narrower resource, so the function's own code is kept out.
  dynamic "statement" {
    for_each = local.in_vpc ? [true] : []
    content {
      sid       = "NetworkInterfaces"
      actions   = local.network_actions
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = local.in_vpc ? [true] : []
    content {
      sid       = "NetworkInterfacesNotByCode"
      effect    = "Deny"
      actions   = local.network_actions
      resources = ["*"]
      condition {
        test     = "ArnEquals"
        variable = "lambda:SourceFunctionArn"
        values   = [local.function_arns[each.key]]
      }
    }
  }
}

locals {
  network_actions = [
    "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
  ]
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions
  name     = "own"
  role     = aws_iam_role.function[each.key].id
  policy   = data.aws_iam_policy_document.function[each.key].json
}

data "aws_iam_policy_document" "scheduler_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["arn:${local.partition}:scheduler:${var.region}:${local.account}:schedule-group/${var.name}"]
    }
  }
}

resource "aws_iam_role" "scheduler" {
  name               = "${var.name}-scheduler"
  assume_role_policy = data.aws_iam_policy_document.scheduler_trust.json
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    sid       = "Start"
    actions   = ["lambda:InvokeFunction"]
    resources = [local.function_arns[local.scheduled]]
  }
  statement {
    sid       = "Undelivered"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.schedule_dead.arn]
  }
  dynamic "statement" {
    for_each = aws_kms_key.own[*].arn
    content {
      sid       = "OwnKey"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [statement.value]
    }
  }
}

resource "aws_iam_role_policy" "scheduler" {
  name   = "own"
  role   = aws_iam_role.scheduler.id
  policy = data.aws_iam_policy_document.scheduler.json
}
