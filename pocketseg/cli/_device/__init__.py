"""The commands under `pocketseg device`, one file each."""
