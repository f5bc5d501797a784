"""Values that infra/ must refuse, and what it must say."""

from typing import Any, Final

REFUSED: Final[dict[str, tuple[Any, str]]] = {
    "region": ("Frankfurt", "region must be the name of an AWS region"),
    "name": ("A", "name must have 3 to 24 lower-case letters"),
    "every_hours": (5, "every_hours must be 1, 2, 3, 4, 6, 8, 12 or 24"),
    "worker_concurrency": (1, "worker_concurrency must be a whole number from 2"),
    "worker_batch_size": (11, "worker_batch_size must be a whole number from 1 to 10"),
    "worker_timeout_seconds": (901, "worker_timeout_seconds must be a whole number from 60 to 900"),
    "memory_megabytes": ({"api": 128}, "memory_megabytes must be from 256 to 10240"),
    "api_concurrency": (0, "api_concurrency must be a whole number from 1"),
    "github_app": ({"app_id": "x", "installation_id": "1"}, "github_app must hold two numeric ids"),
    "settings": ({"DB_URL": "x" * 2500, "LOG_LEVEL": "LOUD"}, "secrets go into Secrets Manager"),
    "roster_key": ("teams.yaml", "roster_key must end in .toml or .json"),
    "log_retention_days": (31, "log_retention_days must be a number of days that CloudWatch knows"),
    "alarm_email": ("nobody", "alarm_email must be an e-mail address"),
    "api_requests_per_second": (0, "api_requests_per_second must be from 1"),
    "waf_requests_per_five_minutes": (99, "waf_requests_per_five_minutes must be from 100"),
    "vpc_id": ("default", "vpc_id must begin with vpc-"),
    "subnet_ids": (["a"], "subnet_ids must begin with subnet-"),
    "security_group_ids": (["a"], "security_group_ids must begin with sg-"),
    "database_port": (80, "database_port must be from 1024"),
    "database_version": ("14", "database_version must be a major version of PostgreSQL from 15 on"),
    "database_class": ("large", "database_class must be an RDS instance class"),
    "database_gigabytes": (5, "database_gigabytes must be a whole number from 20"),
    "database_backup_days": (0, "database_backup_days must be from 1 to 35"),
}
"""By variable; all are given at once."""

MISFITS: Final[dict[str, dict[str, Any]]] = {
    "each": {name: value for name, (value, _) in REFUSED.items()},
    "database": {"region": "eu-central-1", "create_database": True},
    "subnets": {"region": "eu-central-1", "subnet_ids": ["subnet-1"]},
}
"""What is planned in vain, by what does not fit."""
