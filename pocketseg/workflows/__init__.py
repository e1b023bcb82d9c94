"""The jobs that commands start: the quick start, networks side by side."""
