"""Thousands of repositories, a hundred workers and one credential, hour after hour, in virtual time.

Planner, queue, workers, budget and reading rules are the product's own; GitHub is simulated with its limits, and counts
whoever breaks them.
"""
