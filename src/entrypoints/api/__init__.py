"""The metrics API: the stored figures over HTTP, read only."""
