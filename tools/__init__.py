"""Checks of the project itself, run by make; nothing here travels in the wheel."""
