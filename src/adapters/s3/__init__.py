"""Amazon S3."""

from github_tracker.adapters.s3.configuration_files import S3ConfigurationFiles

__all__ = ["S3ConfigurationFiles"]
