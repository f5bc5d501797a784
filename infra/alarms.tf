# Each kind of alarm has a section of its name in docs/runbook.md; a test compares them. The metrics of the namespace
# GithubTracker are what the functions write (EMF); those of AWS are named as AWS documents them.

locals {
  period = var.every_hours * 3600

  # One alarm a function: what Lambda itself counts.
  function_alarms = merge([for name in keys(local.functions) : {
    "${name}-errors" = {
      kind       = "errors", namespace = "AWS/Lambda", metric = "Errors", period = 300, threshold = 1,
      dimensions = { FunctionName = "${var.name}-${name}" }, meaning = "${name} ended with an error or ran out of time"
    }
    "${name}-throttles" = {
      kind       = "throttles", namespace = "AWS/Lambda", metric = "Throttles", period = 300, threshold = 1,
      dimensions = { FunctionName = "${var.name}-${name}" }, meaning = "${name} was not started, for want of concurrency"
    }
  }]...)

  # kind = [metric, meaning, collections in a row]
  service_kinds = {
    runs-failed     = ["RunsFailed", "a run failed as a whole", 1]
    database-errors = ["DatabaseErrors", "the database could not be reached, or refused", 1]
  }
  # Only of the function that asks GitHub: the planner knows nothing of these.
  asking_kinds = {
    github-rate-limit   = ["ApiErrorsLimited", "GitHub refused requests because a rate limit is used up", 1]
    github-unauthorised = ["ApiErrorsUnauthorised", "GitHub refused the credential", 1]
    repositories-failed = ["RepositoriesFailed", "repositories failed in two periods on end", 2]
    no-pull-requests    = ["AnomalyNoPullRequests", "every repository that was read is empty", 1]
    unattributed-jumped = ["AnomalyUnattributedJumped", "far more than usual belongs to no team", 1]
  }
  own_alarms = merge([for service in local.reporting : {
    for kind, entry in merge(local.service_kinds, service == local.asking ? local.asking_kinds : {}) : "${service}-${kind}" => {
      kind       = kind, namespace = "GithubTracker", metric = entry[0], period = local.period, periods = entry[2], threshold = 1,
      dimensions = { service = service }, meaning = "${service}: ${entry[1]}"
    }
  }]...)

  queues_of_dead = merge(
    { failed-invocations = "${var.name}-failed-invocations", schedule-dead = "${var.name}-schedule-dead" },
    var.scale_out ? { work-dead = "${var.name}-work-dead" } : {},
  )
  queue_alarms = merge(
    { for key, queue in local.queues_of_dead : key => {
      kind       = key, namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum", period = 300,
      dimensions = { QueueName = queue }, threshold = 1, meaning = "messages lie in the dead-letter queue ${queue}"
    } },
    var.scale_out ? { work-queue-age = {
      kind       = "work-queue-age", namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum", period = 300,
      dimensions = { QueueName = "${var.name}-work" }, threshold = local.period,
      meaning    = "a repository has waited for a worker since before the last planning"
    } } : {},
  )

  other_alarms = merge(
    {
      missed-runs = {
        kind       = "missed-runs", namespace = "AWS/Lambda", metric = "Invocations", period = local.period, periods = 2, threshold = 1,
        dimensions = { FunctionName = "${var.name}-${local.scheduled}" }, comparison = "LessThanThreshold", missing = "breaching",
        enabled    = var.schedule_enabled, meaning = "${local.scheduled} was not started for ${2 * var.every_hours} hours"
      }
      api-5xx = {
        kind       = "api-5xx", namespace = "AWS/ApiGateway", metric = "5XXError", period = 300, threshold = 5,
        dimensions = { ApiName = "${var.name}-api", Stage = local.api_stage }, meaning = "the API failed five times in five minutes"
      }
    },
    var.create_database ? { database-storage = {
      kind       = "database-storage", namespace = "AWS/RDS", metric = "FreeStorageSpace", statistic = "Minimum", period = 300, periods = 3,
      dimensions = { DBInstanceIdentifier = var.name }, comparison = "LessThanThreshold", threshold = 2000000000,
      meaning    = "less than 2 GB are free in the database"
    } } : {},
  )

  alarms = merge(local.function_alarms, local.own_alarms, local.queue_alarms, local.other_alarms)
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.meaning}. See docs/runbook.md#${each.value.kind}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = lookup(each.value, "statistic", "Sum")
  period              = each.value.period
  evaluation_periods  = lookup(each.value, "periods", 1)
  threshold           = each.value.threshold
  comparison_operator = lookup(each.value, "comparison", "GreaterThanOrEqualToThreshold")
  treat_missing_data  = lookup(each.value, "missing", "notBreaching")
  actions_enabled     = lookup(each.value, "enabled", true)
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# Encrypted with the own key only: CloudWatch cannot use the key that AWS keeps for SNS. Alarms hold no secret.
resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = local.key_arn
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "email" {
  count     = var.alarm_email == null ? 0 : 1
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}
