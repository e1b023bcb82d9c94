"""The commands of `pocketseg device`, one file each."""
