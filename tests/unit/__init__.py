"""Laws and examples of the pure parts: no network, disk, sleep or wall clock."""
