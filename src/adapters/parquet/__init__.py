"""A table as a Parquet file; needs the optional library pyarrow."""

from github_tracker.adapters.parquet.table_writer import ParquetTableWriter

__all__ = ["ParquetTableWriter"]
