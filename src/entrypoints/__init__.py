"""Where the world comes in: settings, one container per entrypoint, and the entrypoints themselves."""
