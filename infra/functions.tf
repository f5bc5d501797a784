resource "aws_cloudwatch_log_group" "function" {
  for_each          = local.functions
  name              = local.log_groups[each.key]
  retention_in_days = var.log_retention_days
  kms_key_id        = local.key_arn
}

resource "aws_lambda_function" "this" {
  for_each                       = local.functions
  function_name                  = "${var.name}-${each.key}"
  role                           = aws_iam_role.function[each.key].arn
  runtime                        = "python3.13"
  architectures                  = ["arm64"]
  handler                        = each.value.handler
  filename                       = each.value.zip
  source_code_hash               = filebase64sha256(each.value.zip)
  memory_size                    = var.memory_megabytes[each.key]
  timeout                        = each.value.timeout
  reserved_concurrent_executions = each.value.concurrency
  kms_key_arn                    = local.key_arn

  environment {
    variables = merge(each.value.environment, {
      LOG_LEVEL               = lookup(var.settings, "LOG_LEVEL", "INFO")
      POWERTOOLS_SERVICE_NAME = each.key
    })
  }

  dynamic "vpc_config" {
    for_each = local.in_vpc ? [true] : []
    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = local.function_security_groups
    }
  }

  lifecycle {
    precondition {
      condition     = !local.in_vpc || var.vpc_id != null
      error_message = "subnet_ids need vpc_id as well."
    }
  }

  # A function that starts before its policy or log group makes a group of its own, without retention.
  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}

# What the schedule starts runs asynchronously: Lambda tries a second time, then sends the event and the error to a queue.
resource "aws_lambda_function_event_invoke_config" "this" {
  for_each                     = { for name, function in local.functions : name => function if function.is_async }
  function_name                = aws_lambda_function.this[each.key].function_name
  maximum_retry_attempts       = 1
  maximum_event_age_in_seconds = 3600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.failed_invocations.arn
    }
  }
}
