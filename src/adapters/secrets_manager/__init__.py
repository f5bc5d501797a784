"""AWS Secrets Manager, through boto3."""

from github_tracker.adapters.secrets_manager.secret_store import SecretsManagerStore

__all__ = ["SecretsManagerStore"]
