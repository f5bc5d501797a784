"""How Hypothesis runs here: without a clock, and in continuous integration always with the same examples."""

import os

from hypothesis import settings

# Forty examples keep the unit folder within seconds; where a law needs more, its test says so.
settings.register_profile("default", deadline=None, print_blob=True, max_examples=40, derandomize="CI" in os.environ)
settings.load_profile("default")
