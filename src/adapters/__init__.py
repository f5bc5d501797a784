"""One technology each, behind the ports; no adapter knows another."""
