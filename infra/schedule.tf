resource "aws_scheduler_schedule_group" "this" {
  name = var.name
}

# At fixed times instead of a rate: a rate counts from the moment of `apply`, and would start before secrets are filled.
resource "aws_scheduler_schedule" "collect" {
  name                         = "${var.name}-collect"
  group_name                   = aws_scheduler_schedule_group.this.name
  state                        = var.schedule_enabled ? "ENABLED" : "DISABLED"
  schedule_expression          = "cron(7 ${var.every_hours == 24 ? "0" : "0/${var.every_hours}"} * * ? *)"
  schedule_expression_timezone = "UTC"
  kms_key_arn                  = local.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.this[local.scheduled].arn
    role_arn = aws_iam_role.scheduler.arn
    input    = "{\"schedule\": \"${var.name}-collect\", \"time\": \"<aws.scheduler.scheduled-time>\"}"

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 5
    }

    dead_letter_config {
      arn = aws_sqs_queue.schedule_dead.arn
    }
  }
}
