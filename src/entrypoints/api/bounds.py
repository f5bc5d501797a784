"""Bounds of what requests and answers hold."""

from typing import Final

GREATEST_NUMBER: Final = 2**63 - 1
"""What the database can hold."""
