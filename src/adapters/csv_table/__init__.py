"""A table as comma-separated values."""

from github_tracker.adapters.csv_table.table_writer import CsvTableWriter

__all__ = ["CsvTableWriter"]
