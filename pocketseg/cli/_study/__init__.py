"""The commands under `pocketseg study`, one file each."""
