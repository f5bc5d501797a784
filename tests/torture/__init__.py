"""Real processes on a real PostgreSQL, killed, cut off and set upon each other; then what is left is audited.

`python -m tests.torture` runs it in full and ends with a table of what went wrong; tests/integration/test_torture.py
runs a little of it with every change.
"""
