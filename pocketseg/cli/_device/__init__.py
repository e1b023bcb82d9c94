"""The commands under `pocketseg device`, one module each."""
