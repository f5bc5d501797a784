"""A software organisation that never was: people, teams and pull requests drawn from a seed.

It is what the demo shows and what figures in documents are taken from. Nothing in here reads a clock, a disk or a
network; the same scenario gives the same organisation on every machine.
"""
