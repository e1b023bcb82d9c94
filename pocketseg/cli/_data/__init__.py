"""The commands under `pocketseg data`, one module each."""
