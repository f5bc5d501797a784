# The table in README.md is compared with this file by a test.

variable "region" {
  description = "AWS region, such as eu-central-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of an AWS region, such as eu-central-1."
  }
}

variable "name" {
  description = "Begins the name of everything that is made, so that several deployments fit into one account."
  type        = string
  default     = "github-tracker"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "name must have 3 to 24 lower-case letters, digits and hyphens, begin with a letter and not end with a hyphen."
  }
}

variable "tags" {
  description = "Further tags of everything that is made."
  type        = map(string)
  default     = {}
}

variable "collector_zip" {
  description = "The zip with collector, planner and worker, as `make lambda` builds it."
  type        = string
  default     = "../dist/lambda/collector.zip"
}

variable "api_zip" {
  description = "The zip with the metrics API, as `make lambda` builds it."
  type        = string
  default     = "../dist/lambda/api.zip"
}

variable "every_hours" {
  description = "Hours from one scheduled collection to the next; they start at seven past, counted from 00:07 UTC."
  type        = number
  default     = 4

  validation {
    condition     = contains([1, 2, 3, 4, 6, 8, 12, 24], var.every_hours)
    error_message = "every_hours must be 1, 2, 3, 4, 6, 8, 12 or 24, so that every day has the same times."
  }
}

variable "schedule_enabled" {
  description = "Whether the schedule runs, and its missing is alarmed."
  type        = bool
  default     = true
}

variable "scale_out" {
  description = "Whether a planner and workers collect over a queue, for more repositories than one invocation can walk."
  type        = bool
  default     = false
}

variable "worker_concurrency" {
  description = "Workers at a time, at most. Each holds connections to the database."
  type        = number
  default     = 10

  validation {
    condition     = var.worker_concurrency >= 2 && var.worker_concurrency <= 1000 && floor(var.worker_concurrency) == var.worker_concurrency
    error_message = "worker_concurrency must be a whole number from 2 (AWS allows no less) to 1000."
  }
}

variable "worker_batch_size" {
  description = "Repositories that one worker takes at a time, at most."
  type        = number
  default     = 5

  validation {
    condition     = var.worker_batch_size >= 1 && var.worker_batch_size <= 10 && floor(var.worker_batch_size) == var.worker_batch_size
    error_message = "worker_batch_size must be a whole number from 1 to 10."
  }
}

variable "worker_timeout_seconds" {
  description = "How long one worker may take; what is unfinished then is sent again with its checkpoint."
  type        = number
  default     = 300

  validation {
    condition     = var.worker_timeout_seconds >= 60 && var.worker_timeout_seconds <= 900 && floor(var.worker_timeout_seconds) == var.worker_timeout_seconds
    error_message = "worker_timeout_seconds must be a whole number from 60 to 900, Lambda's greatest."
  }
}

variable "memory_megabytes" {
  description = "Memory of each function; Lambda gives processor time in proportion."
  type = object({
    collector = optional(number, 512)
    planner   = optional(number, 512)
    worker    = optional(number, 512)
    api       = optional(number, 512)
  })
  default = {}

  validation {
    condition     = alltrue([for size in values(var.memory_megabytes) : size >= 256 && size <= 10240])
    error_message = "memory_megabytes must be from 256 to 10240 for each function."
  }
}

variable "reserve_concurrency" {
  description = "Whether collector and planner run one at a time and the API is bounded by api_concurrency. False for accounts whose limit is too small to reserve from (new ones: 10)."
  type        = bool
  default     = true
}

variable "api_concurrency" {
  description = "Invocations of the API at a time, at most; each holds connections to the database."
  type        = number
  default     = 10

  validation {
    condition     = var.api_concurrency >= 1 && var.api_concurrency <= 1000 && floor(var.api_concurrency) == var.api_concurrency
    error_message = "api_concurrency must be a whole number from 1 to 1000."
  }
}

variable "github_app" {
  description = "A GitHub App's ids, to collect with its installation tokens instead of a personal access token."
  type = object({
    app_id          = string
    installation_id = string
  })
  default = null

  validation {
    condition     = var.github_app == null ? true : alltrue([for id in values(var.github_app) : can(regex("^[0-9]+$", id))])
    error_message = "github_app must hold two numeric ids, app_id and installation_id."
  }
}

variable "api_keys_secret" {
  description = "Whether the API also takes the keys listed in the secret API_KEYS, which must then be filled. Else all keys are in the database."
  type        = bool
  default     = true
}

variable "settings" {
  description = "Settings of the README's table and of docs/api.md, by name, such as { REPORT_TIME_ZONE = \"Europe/Berlin\" }. No secret, roster or repository belongs here."
  type        = map(string)
  default     = {}

  validation {
    condition = alltrue([for name in keys(var.settings) : contains([
      "API_ADDRESS_RATE_PER_MINUTE", "API_CORS_ORIGINS", "API_RATE_PER_MINUTE", "ATTRIBUTION_RULE", "BOT_PATTERNS",
      "COLLECT_CONCURRENCY", "GITHUB_API_URL", "LOG_LEVEL", "MIN_GROUP_SIZE", "REPORT_TIME_ZONE", "STORE_TITLES",
    ], name)])
    error_message = "settings may hold API_ADDRESS_RATE_PER_MINUTE, API_CORS_ORIGINS, API_RATE_PER_MINUTE, ATTRIBUTION_RULE, BOT_PATTERNS, COLLECT_CONCURRENCY, GITHUB_API_URL, LOG_LEVEL, MIN_GROUP_SIZE, REPORT_TIME_ZONE and STORE_TITLES; secrets go into Secrets Manager, rosters and repositories into the bucket."
  }

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], lookup(var.settings, "LOG_LEVEL", "INFO"))
    error_message = "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR."
  }

  # The rest of the 4 KB that Lambda allows is for the secrets' ids and the addresses.
  validation {
    condition     = length(jsonencode(var.settings)) <= 2500
    error_message = "settings must not be longer than 2500 characters together, since Lambda's environment holds 4 KB; shorten BOT_PATTERNS."
  }
}

variable "roster_key" {
  description = "Name of the roster in the bucket, ending in .toml or .json; null: the roster stored in the database."
  type        = string
  default     = "teams.toml"

  validation {
    condition     = var.roster_key == null ? true : can(regex("^[A-Za-z0-9._/-]+\\.(toml|json)$", var.roster_key))
    error_message = "roster_key must end in .toml or .json, which says what the roster is written in."
  }
}

variable "roster_file" {
  description = "A roster on this machine that is uploaded to the bucket; null: you upload it yourself."
  type        = string
  default     = null
}

variable "repositories_file" {
  description = "A list of repositories on this machine, one owner/name a line, that is uploaded to the bucket; null: you upload it yourself."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch knows, such as 7, 14, 30, 90 or 365."
  }
}

variable "alarm_email" {
  description = "Who is told of alarms by e-mail, after confirming the first message; null: nobody until something subscribes to the topic."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null ? true : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.alarm_email))
    error_message = "alarm_email must be an e-mail address."
  }
}

variable "create_kms_key" {
  description = "Whether a key of your own, instead of AWS's, encrypts secrets, bucket, queues, logs, alarms, environments and the database."
  type        = bool
  default     = false
}

variable "allow_data_loss" {
  description = "Whether `destroy` also removes what holds data: the bucket with its versions, secrets without a waiting time, the database without protection and last snapshot."
  type        = bool
  default     = false
}

variable "api_requests_per_second" {
  description = "Requests a second that API Gateway lets through, over all clients; the burst is twice that."
  type        = number
  default     = 20

  validation {
    condition     = var.api_requests_per_second >= 1 && var.api_requests_per_second <= 10000
    error_message = "api_requests_per_second must be from 1 to 10000."
  }
}

variable "manage_api_gateway_account" {
  description = "Whether the account's role for API Gateway's logs is set, which the region has once. False where it is set already."
  type        = bool
  default     = true
}

variable "enable_waf" {
  description = "Whether a web application firewall (AWS's common rules and a limit for each address) stands before the API."
  type        = bool
  default     = false
}

variable "waf_requests_per_five_minutes" {
  description = "Requests that the firewall lets through from one address in five minutes."
  type        = number
  default     = 2000

  validation {
    condition     = var.waf_requests_per_five_minutes >= 100 && var.waf_requests_per_five_minutes <= 2000000000
    error_message = "waf_requests_per_five_minutes must be from 100 to 2000000000."
  }
}

variable "vpc_id" {
  description = "The VPC of subnet_ids; null: the functions are in no VPC."
  type        = string
  default     = null

  validation {
    condition     = var.vpc_id == null ? true : can(regex("^vpc-[0-9a-f]+$", var.vpc_id))
    error_message = "vpc_id must begin with vpc-."
  }
}

variable "subnet_ids" {
  description = "Private subnets for the functions. They reach GitHub and AWS only through a NAT gateway (or, for AWS, endpoints)."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.subnet_ids : can(regex("^subnet-[0-9a-f]+$", id))])
    error_message = "subnet_ids must begin with subnet-."
  }
}

variable "security_group_ids" {
  description = "Security groups for the functions in the VPC, instead of one of the module's own."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.security_group_ids : can(regex("^sg-[0-9a-f]+$", id))])
    error_message = "security_group_ids must begin with sg-."
  }
}

variable "create_secretsmanager_endpoint" {
  description = "Whether the VPC gets an interface endpoint for Secrets Manager, so that the API needs no NAT gateway. Only the functions can use it, and it answers for the whole VPC: not where something else there uses Secrets Manager."
  type        = bool
  default     = false
}

variable "database_port" {
  description = "Port of PostgreSQL in the VPC."
  type        = number
  default     = 5432

  validation {
    condition     = var.database_port >= 1024 && var.database_port <= 65535
    error_message = "database_port must be from 1024 to 65535."
  }
}

variable "create_database" {
  description = "Whether an RDS PostgreSQL is made in the VPC; else DB_URL leads to one that exists."
  type        = bool
  default     = false
}

variable "database_subnet_ids" {
  description = "Subnets for the database, in two availability zones at least; empty: those of the functions."
  type        = list(string)
  default     = []
}

variable "database_version" {
  description = "Major version of PostgreSQL."
  type        = string
  default     = "16"

  validation {
    condition     = can(regex("^(1[5-9]|[2-9][0-9])$", var.database_version))
    error_message = "database_version must be a major version of PostgreSQL from 15 on, such as 16."
  }
}

variable "database_class" {
  description = "Instance class of the database."
  type        = string
  default     = "db.t4g.micro"

  validation {
    condition     = can(regex("^db\\.[a-z0-9-]+\\.[a-z0-9]+$", var.database_class))
    error_message = "database_class must be an RDS instance class, such as db.t4g.micro."
  }
}

variable "database_gigabytes" {
  description = "Storage (gp3) of the database; it grows by itself up to five times that."
  type        = number
  default     = 20

  validation {
    condition     = var.database_gigabytes >= 20 && var.database_gigabytes <= 10000 && floor(var.database_gigabytes) == var.database_gigabytes
    error_message = "database_gigabytes must be a whole number from 20 to 10000."
  }
}

variable "database_multi_az" {
  description = "Whether a standby in another availability zone takes over; doubles the price."
  type        = bool
  default     = false
}

variable "database_backup_days" {
  description = "Days for which the database can be put back to any second."
  type        = number
  default     = 7

  validation {
    condition     = var.database_backup_days >= 1 && var.database_backup_days <= 35
    error_message = "database_backup_days must be from 1 to 35."
  }
}
