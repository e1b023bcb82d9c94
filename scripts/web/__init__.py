"""Maintainers' tools for the page that measures files in a browser: `python -m scripts.web`."""
