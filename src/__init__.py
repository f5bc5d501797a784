"""github-tracker: pull requests credited to teams through time-windowed, weighted membership.

The package is a hexagon. `domain` holds values and rules, `ports` the abstract roles the outside world plays,
`application` the use cases, `adapters` one technology each, and `entrypoints` wires them together. Imports point
inward only: entrypoints -> (adapters | application) -> ports -> domain.
"""
