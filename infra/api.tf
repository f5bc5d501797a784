# A REST API, not an HTTP API: a web application firewall attaches to REST APIs only. Who may ask what is decided by the
# function (API keys with scopes and teams), so the gateway passes every path and method on.

resource "aws_api_gateway_rest_api" "this" {
  name        = "${var.name}-api"
  description = "Metrics of github-tracker"

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_resource" "proxy" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_rest_api.this.root_resource_id
  path_part   = "{proxy+}"
}

locals {
  api_resources = { root = aws_api_gateway_rest_api.this.root_resource_id, proxy = aws_api_gateway_resource.proxy.id }
  api_stage     = "v1"
}

resource "aws_api_gateway_method" "any" {
  for_each      = local.api_resources
  rest_api_id   = aws_api_gateway_rest_api.this.id
  resource_id   = each.value
  http_method   = "ANY"
  authorization = "NONE"
}

resource "aws_api_gateway_integration" "function" {
  for_each                = local.api_resources
  rest_api_id             = aws_api_gateway_rest_api.this.id
  resource_id             = each.value
  http_method             = aws_api_gateway_method.any[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = aws_lambda_function.this["api"].invoke_arn
}

resource "aws_lambda_permission" "api" {
  statement_id   = "AllowApiGateway"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.this["api"].function_name
  principal      = "apigateway.amazonaws.com"
  source_account = local.account
  source_arn     = "${aws_api_gateway_rest_api.this.execution_arn}/${local.api_stage}/*"
}

resource "aws_api_gateway_deployment" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  triggers    = { definition = sha1(file("${path.module}/api.tf")) }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_api_gateway_integration.function]
}

resource "aws_cloudwatch_log_group" "api_access" {
  name              = "/aws/apigateway/${var.name}-api"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.key_arn
}

# The query string and all headers are left out: a key that was sent in the wrong place must not come to lie in a log.
resource "aws_api_gateway_stage" "this" {
  rest_api_id   = aws_api_gateway_rest_api.this.id
  deployment_id = aws_api_gateway_deployment.this.id
  stage_name    = local.api_stage

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api_access.arn
    format = jsonencode({
      request_id         = "$context.requestId"
      time               = "$context.requestTime"
      address            = "$context.identity.sourceIp"
      method             = "$context.httpMethod"
      path               = "$context.path"
      status             = "$context.status"
      length             = "$context.responseLength"
      latency_ms         = "$context.responseLatency"
      integration_status = "$context.integrationStatus"
      error              = "$context.error.responseType"
    })
  }

  depends_on = [aws_api_gateway_account.this]
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = false # a metric for each method costs money and tells nothing more with one method
    logging_level          = "OFF" # execution logs would hold headers
    throttling_rate_limit  = var.api_requests_per_second
    throttling_burst_limit = 2 * ceil(var.api_requests_per_second)
  }
}

data "aws_iam_policy_document" "api_gateway_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["apigateway.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "api_gateway_logs" {
  count              = var.manage_api_gateway_account ? 1 : 0
  name               = "${var.name}-api-gateway-logs"
  assume_role_policy = data.aws_iam_policy_document.api_gateway_trust.json
}

resource "aws_iam_role_policy_attachment" "api_gateway_logs" {
  count      = var.manage_api_gateway_account ? 1 : 0
  role       = aws_iam_role.api_gateway_logs[0].name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

resource "aws_api_gateway_account" "this" {
  count               = var.manage_api_gateway_account ? 1 : 0
  cloudwatch_role_arn = aws_iam_role.api_gateway_logs[0].arn
  depends_on          = [aws_iam_role_policy_attachment.api_gateway_logs]
}
