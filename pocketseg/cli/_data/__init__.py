"""The commands under `pocketseg data`, one file each."""
