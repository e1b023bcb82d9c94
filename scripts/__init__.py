"""Maintainers' tools: pages made from results, training speed, CI. Run them as `python -m scripts.NAME`."""
