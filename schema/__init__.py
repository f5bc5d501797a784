"""The numbered SQL migrations; this file exists so that they travel inside the wheel."""
