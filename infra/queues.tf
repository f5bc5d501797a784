locals {
  # AWS asks for six times the function's timeout, so that a message is not handed out again while a worker has it,
  # also when the invocation was throttled first.
  work_visibility_seconds = 6 * var.worker_timeout_seconds
  days_14                 = 14 * 24 * 3600
}

resource "aws_sqs_queue" "work" {
  count                      = var.scale_out ? 1 : 0
  name                       = "${var.name}-work"
  visibility_timeout_seconds = local.work_visibility_seconds
  message_retention_seconds  = 4 * 24 * 3600
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = local.key_arn == null ? true : null
  kms_master_key_id          = local.key_arn

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.work_dead[0].arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "work_dead" {
  count                     = var.scale_out ? 1 : 0
  name                      = "${var.name}-work-dead"
  message_retention_seconds = local.days_14
  sqs_managed_sse_enabled   = local.key_arn == null ? true : null
  kms_master_key_id         = local.key_arn

  # By its name: each of the two queues needs the other one's ARN.
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = ["arn:${local.partition}:sqs:${var.region}:${local.account}:${var.name}-work"]
  })
}

# These two are written by Lambda and the Scheduler; no other queue may put its dead letters there.
resource "aws_sqs_queue" "failed_invocations" {
  name                      = "${var.name}-failed-invocations"
  message_retention_seconds = local.days_14
  redrive_allow_policy      = jsonencode({ redrivePermission = "denyAll" })
  sqs_managed_sse_enabled   = local.key_arn == null ? true : null
  kms_master_key_id         = local.key_arn
}

resource "aws_sqs_queue" "schedule_dead" {
  name                      = "${var.name}-schedule-dead"
  message_retention_seconds = local.days_14
  redrive_allow_policy      = jsonencode({ redrivePermission = "denyAll" })
  sqs_managed_sse_enabled   = local.key_arn == null ? true : null
  kms_master_key_id         = local.key_arn
}

resource "aws_lambda_event_source_mapping" "work" {
  count                   = var.scale_out ? 1 : 0
  event_source_arn        = aws_sqs_queue.work[0].arn
  function_name           = aws_lambda_function.this["worker"].arn
  batch_size              = var.worker_batch_size
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.worker_concurrency
  }
}
