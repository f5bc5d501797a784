locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  key_arn   = one(aws_kms_key.own[*].arn)
  in_vpc    = length(var.subnet_ids) > 0
  # Names are put together here, not taken from resources, so that a plan shows whole policies before anything is made.
  function_arns = { for name in keys(local.functions) : name => "arn:${local.partition}:lambda:${var.region}:${local.account}:function:${var.name}-${name}" }
  log_groups    = { for name in keys(local.functions) : name => "/aws/lambda/${var.name}-${name}" }
  bucket        = "${var.name}-${local.account}-${var.region}"

  scheduled = var.scale_out ? "planner" : "collector"
  # Which functions measure runs, and which of them asks GitHub.
  reporting = var.scale_out ? ["planner", "worker"] : ["collector"]
  asking    = var.scale_out ? "worker" : "collector"

  github_secret = var.github_app == null ? "GITHUB_PAT" : "GITHUB_APP_PRIVATE_KEY"
  github_environment = var.github_app == null ? { GITHUB_PAT_SECRET_ID = local.secret_arns["GITHUB_PAT"] } : {
    GITHUB_APP_ID              = var.github_app.app_id
    GITHUB_APP_INSTALLATION_ID = var.github_app.installation_id
    GITHUB_APP_KEY_SECRET_ID   = local.secret_arns["GITHUB_APP_PRIVATE_KEY"]
  }
  configuration_keys = compact([var.roster_key, "repositories.txt"])
  configuration_environment = merge(
    { REPOSITORIES_S3 = "s3://${local.bucket}/repositories.txt" },
    var.roster_key == null ? {} : { TEAM_CONFIG_S3 = "s3://${local.bucket}/${var.roster_key}" },
  )
  collecting_settings = { for name, value in var.settings : name => value if contains(["ATTRIBUTION_RULE", "BOT_PATTERNS", "COLLECT_CONCURRENCY", "GITHUB_API_URL", "REPORT_TIME_ZONE", "STORE_TITLES"], name) }
  api_settings        = { for name, value in var.settings : name => value if startswith(name, "API_") || name == "MIN_GROUP_SIZE" }

  secrets = merge(
    {
      DB_URL      = "PostgreSQL, to write: postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require"
      DB_READ_URL = "PostgreSQL, to read, for the metrics API: a role of github-tracker db create-reader"
    },
    var.github_app == null ? { GITHUB_PAT = "GitHub personal access token" } : { GITHUB_APP_PRIVATE_KEY = "Private key of the GitHub App, in PEM" },
    var.api_keys_secret ? { API_KEYS = "JSON list of API keys, by their hashes, of github-tracker keys create --outside" } : {},
  )
  secret_arns = { for name, secret in aws_secretsmanager_secret.this : name => secret.arn }

  # What each function is, may read and may send to; functions.tf and iam.tf make it from this.
  functions = merge(
    {
      collector = {
        handler     = "github_tracker.entrypoints.lambda_collector.handler"
        zip         = var.collector_zip
        timeout     = 900
        concurrency = var.reserve_concurrency ? 1 : -1
        secrets     = [local.github_secret, "DB_URL"]
        objects     = local.configuration_keys
        is_async    = true
        queue       = []
        environment = merge(local.github_environment, local.configuration_environment, local.collecting_settings, {
          DB_URL_SECRET_ID = local.secret_arns["DB_URL"]
        })
      }
      api = {
        handler     = "github_tracker.entrypoints.lambda_api.handler"
        zip         = var.api_zip
        timeout     = 29
        concurrency = var.reserve_concurrency ? var.api_concurrency : -1
        secrets     = concat(["DB_READ_URL"], var.api_keys_secret ? ["API_KEYS"] : [])
        objects     = []
        is_async    = false
        queue       = []
        environment = merge(local.api_settings, { DB_READ_URL_SECRET_ID = local.secret_arns["DB_READ_URL"] },
        var.api_keys_secret ? { API_KEYS_SECRET_ID = local.secret_arns["API_KEYS"] } : {})
      }
    },
    { for name, function in {
      planner = {
        handler     = "github_tracker.entrypoints.lambda_planner.handler"
        zip         = var.collector_zip
        timeout     = 900
        concurrency = var.reserve_concurrency ? 1 : -1
        secrets     = ["DB_URL"]
        objects     = local.configuration_keys
        is_async    = true
        queue       = ["sqs:SendMessage"]
        environment = merge(local.configuration_environment, local.collecting_settings, {
          DB_URL_SECRET_ID = local.secret_arns["DB_URL"]
          WORK_QUEUE_URL   = one(aws_sqs_queue.work[*].url)
        })
      }
      worker = {
        handler     = "github_tracker.entrypoints.lambda_worker.handler"
        zip         = var.collector_zip
        timeout     = var.worker_timeout_seconds
        concurrency = -1 # bounded by the event source mapping: reserving as well would throttle and count receives
        secrets     = [local.github_secret, "DB_URL"]
        objects     = []
        is_async    = false
        queue       = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:SendMessage"]
        environment = merge(local.github_environment, local.collecting_settings, {
          DB_URL_SECRET_ID = local.secret_arns["DB_URL"]
          WORK_QUEUE_URL   = one(aws_sqs_queue.work[*].url)
        })
      }
    } : name => function if var.scale_out },
  )
}
