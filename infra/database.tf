resource "aws_db_subnet_group" "this" {
  count       = var.create_database ? 1 : 0
  name        = var.name
  description = "PostgreSQL of github-tracker"
  subnet_ids  = length(var.database_subnet_ids) > 0 ? var.database_subnet_ids : var.subnet_ids

  lifecycle {
    precondition {
      condition     = local.in_vpc && var.vpc_id != null
      error_message = "create_database needs vpc_id and subnet_ids: the database is reached from within a VPC only."
    }
    precondition {
      condition     = length(distinct(length(var.database_subnet_ids) > 0 ? var.database_subnet_ids : var.subnet_ids)) >= 2
      error_message = "create_database needs two subnets at least, in two availability zones."
    }
  }
}

resource "aws_db_parameter_group" "this" {
  count       = var.create_database ? 1 : 0
  name_prefix = "${var.name}-"
  family      = "postgres${var.database_version}"
  description = "PostgreSQL of github-tracker"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Made first: RDS would make a group of its own, without retention.
resource "aws_cloudwatch_log_group" "database" {
  count             = var.create_database ? 1 : 0
  name              = "/aws/rds/instance/${var.name}/postgresql"
  retention_in_days = var.log_retention_days
}

resource "aws_db_instance" "this" {
  count                           = var.create_database ? 1 : 0
  identifier                      = var.name
  engine                          = "postgres"
  engine_version                  = var.database_version
  instance_class                  = var.database_class
  db_name                         = "github_tracker"
  port                            = var.database_port
  username                        = "administrator"
  manage_master_user_password     = true # RDS keeps it in Secrets Manager and changes it every week; it is never in the state
  master_user_secret_kms_key_id   = local.key_arn
  storage_type                    = "gp3"
  allocated_storage               = var.database_gigabytes
  max_allocated_storage           = 5 * var.database_gigabytes
  storage_encrypted               = true
  kms_key_id                      = local.key_arn
  multi_az                        = var.database_multi_az
  db_subnet_group_name            = aws_db_subnet_group.this[0].name
  parameter_group_name            = aws_db_parameter_group.this[0].name
  vpc_security_group_ids          = aws_security_group.database[*].id
  publicly_accessible             = false
  backup_retention_period         = var.database_backup_days
  copy_tags_to_snapshot           = true
  auto_minor_version_upgrade      = true
  allow_major_version_upgrade     = false
  deletion_protection             = !var.allow_data_loss
  skip_final_snapshot             = var.allow_data_loss
  final_snapshot_identifier       = "${var.name}-last"
  enabled_cloudwatch_logs_exports = ["postgresql"]
  depends_on                      = [aws_cloudwatch_log_group.database]
}
