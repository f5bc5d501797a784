locals {
  # title = [[metric, statistic], ...]; drawn for every function that measures it.
  own_widgets = [
    ["Pull requests and facts", [["PullRequestsProcessed", "Sum"], ["FactsChanged", "Sum"]]],
    ["Repositories", [["RepositoriesComplete", "Sum"], ["RepositoriesDeferred", "Sum"], ["RepositoriesFailed", "Sum"], ["RunsFailed", "Sum"]]],
    ["Unattributed part", [["UnattributedRatio", "Maximum"]]],
    ["Requests to GitHub", [["Requests", "Sum"], ["RequestsLeft", "Minimum"]]],
    ["GitHub's errors", [
      ["ApiErrorsLimited", "Sum"], ["ApiErrorsTransient", "Sum"], ["ApiErrorsUnauthorised", "Sum"],
      ["ApiErrorsUnavailable", "Sum"], ["ApiErrorsMalformed", "Sum"],
    ]],
    ["Anomalies", [["AnomalyNoPullRequests", "Sum"], ["AnomalyUnattributedJumped", "Sum"], ["AnomalyNotCompared", "Sum"]]],
    ["Database queries (ms)", [["DatabaseQueryDuration", "p50"], ["DatabaseQueryDuration", "p95"], ["DatabaseQueryDuration", "Maximum"]]],
    ["Database errors", [["DatabaseErrors", "Sum"]]],
    ["Run (s)", [["RunDuration", "Maximum"]]],
  ]
  planner_metrics = ["RunsFailed", "DatabaseErrors", "DatabaseQueryDuration"]
  own_charts = [for widget in local.own_widgets : {
    title = widget[0]
    metrics = flatten([for service in local.reporting : [for metric in widget[1] : [
      { line = ["GithubTracker", metric[0], "service", service, { stat = metric[1], label = "${service} ${metric[0]} ${metric[1]}" }] }
    ] if service == local.asking || contains(local.planner_metrics, metric[0])]])
  }]

  aws_charts = [
    { title = "Lambda errors and throttles", metrics = flatten([for name in keys(local.functions) : [for metric in ["Errors", "Throttles"] :
      { line = ["AWS/Lambda", metric, "FunctionName", "${var.name}-${name}", { stat = "Sum", label = "${name} ${metric}" }] }
    ]]) },
    { title = "Lambda duration (ms)", metrics = [for name in keys(local.functions) :
      { line = ["AWS/Lambda", "Duration", "FunctionName", "${var.name}-${name}", { stat = "Maximum", label = name }] }
    ] },
    { title = "Dead letters", metrics = [for key, queue in local.queues_of_dead :
      { line = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queue, { stat = "Maximum", label = key }] }
    ] },
    { title = "Work queue", metrics = [for metric in var.scale_out ? ["ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateAgeOfOldestMessage"] : [] :
      { line = ["AWS/SQS", metric, "QueueName", "${var.name}-work", { stat = "Maximum", label = metric }] }
    ] },
    { title = "API requests", metrics = [for metric in ["Count", "4XXError", "5XXError"] :
      { line = ["AWS/ApiGateway", metric, "ApiName", "${var.name}-api", "Stage", local.api_stage, { stat = "Sum", label = metric }] }
    ] },
    { title = "API latency (ms)", metrics = [for statistic in ["p50", "p95"] :
      { line = ["AWS/ApiGateway", "Latency", "ApiName", "${var.name}-api", "Stage", local.api_stage, { stat = statistic, label = statistic }] }
    ] },
  ]
  charts = [for chart in concat(local.own_charts, local.aws_charts) : chart if length(chart.metrics) > 0]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type       = "alarm", x = 0, y = 0, width = 24, height = 4,
        properties = { title = "Alarms", alarms = [for key in keys(local.alarms) : aws_cloudwatch_metric_alarm.this[key].arn] }
      }],
      [for index, chart in local.charts : {
        type       = "metric", x = 8 * (index % 3), y = 4 + 6 * floor(index / 3), width = 8, height = 6,
        properties = { title = chart.title, region = var.region, view = "timeSeries", period = 300, metrics = chart.metrics[*].line }
      }],
    )
  })
}
