"""Tests: the unit folder needs nothing but the package, the integration folder the real parts."""
