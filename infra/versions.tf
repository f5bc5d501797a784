# Terraform 1.6 or newer, or OpenTofu 1.6 or newer. The lock file with the provider's hashes is made by `init` and not
# committed: it would name a registry. ../docs/deploy.md says how to make one of your own.
terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = merge({ Application = "github-tracker", Deployment = var.name, ManagedBy = "terraform" }, var.tags)
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
