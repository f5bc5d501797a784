"""What Amazon CloudWatch reads from a function's standard output: logs in JSON, and metrics within them."""
