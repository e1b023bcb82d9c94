"""The commands under `pocketseg study`, one module each."""
