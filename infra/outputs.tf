locals {
  # What stands for a value is written so that nobody can take it for one.
  fillings = {
    GITHUB_PAT             = "read -rs VALUE    # the token, pasted; nothing is shown"
    GITHUB_APP_PRIVATE_KEY = "VALUE=$(cat github-app.private-key.pem)"
    DB_URL                 = "read -rs VALUE    # postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=require"
    DB_READ_URL            = "read -rs VALUE    # the same with the role of `github-tracker db create-reader`"
    API_KEYS               = "read -r VALUE    # [ENTRY], where ENTRY is printed by `github-tracker keys create --outside --name NAME`; [] for none"
  }
  is_uploaded = merge(
    { "repositories.txt" = var.repositories_file != null },
    { for key in compact([var.roster_key]) : key => var.roster_file != null },
  )
  aws           = "aws --region ${var.region}"
  invoke_answer = "--cli-binary-format raw-in-base64-out --cli-read-timeout 900 /dev/stdout"
}

output "next_steps" {
  description = "What to do after the first apply."
  value = join("\n", concat(
    ["1. Fill each secret:"],
    flatten([for name in keys(local.secrets) : [
      "   ${local.fillings[name]}",
      "   printf %s \"$VALUE\" | ${local.aws} secretsmanager put-secret-value --secret-id ${var.name}/${name} --secret-string file:///dev/stdin",
    ]]),
    ["2. Upload what to collect, unless Terraform does it (roster_file, repositories_file):"],
    [for key in local.configuration_keys : "   ${local.aws} s3 cp ${key} s3://${local.bucket}/${key}" if !local.is_uploaded[key]],
    [
      "3. Create the tables:",
      "   ${local.aws} lambda invoke --function-name ${var.name}-collector --payload '{\"task\": \"migrate\"}' ${local.invoke_answer}",
      "4. Collect once, without waiting for the schedule:",
      "   ${local.aws} lambda invoke --function-name ${var.name}-${local.scheduled} --payload '{\"schedule\": \"by-hand\"}' ${local.invoke_answer}",
      "5. Make an API key, where the database can be reached:",
      "   DB_URL=... github-tracker keys create --name NAME --scope metrics:read --scope teams:read",
      "   Else add --outside, and put the entry that is printed into the secret API_KEYS (api_keys_secret = true).",
      "6. Ask:",
      "   curl -H \"X-API-Key: $KEY\" ${aws_api_gateway_stage.this.invoke_url}/teams",
      "What an alarm means, and what to do then: docs/runbook.md",
    ],
  ))
}

output "api_url" {
  description = "Where the metrics API answers; /docs describes it."
  value       = aws_api_gateway_stage.this.invoke_url
}

output "dashboard_url" {
  description = "The dashboard in the AWS console."
  value       = "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards/dashboard/${var.name}"
}

output "functions" {
  description = "Names of the functions."
  value       = { for name, function in aws_lambda_function.this : name => function.function_name }
}

output "log_groups" {
  description = "Log groups of the functions."
  value       = local.log_groups
}

output "secrets" {
  description = "ARNs of the secrets, which are empty at first."
  value       = local.secret_arns
}

output "bucket" {
  description = "Bucket of the roster and the list of repositories."
  value       = aws_s3_bucket.configuration.id
}

output "queues" {
  description = "URLs of the queues."
  value = merge(
    { failed-invocations = aws_sqs_queue.failed_invocations.url, schedule-dead = aws_sqs_queue.schedule_dead.url },
    var.scale_out ? { work = aws_sqs_queue.work[0].url, work-dead = aws_sqs_queue.work_dead[0].url } : {},
  )
}

output "alarm_topic" {
  description = "SNS topic of all alarms; subscribe whatever should hear of them."
  value       = aws_sns_topic.alarms.arn
}

output "function_security_groups" {
  description = "Security groups of the functions, in a VPC."
  value       = local.in_vpc ? local.function_security_groups : []
}

output "database_security_group" {
  description = "Security group that lets only the functions in; give it to an existing database."
  value       = one(aws_security_group.database[*].id)
}

output "database" {
  description = "The RDS instance: its address, and the secret where RDS keeps the administrator's password."
  value = one([for instance in aws_db_instance.this : {
    address = instance.address, port = instance.port, name = instance.db_name, administrator_secret = one(instance.master_user_secret[*].secret_arn)
  }])
}
