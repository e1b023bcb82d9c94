"""How long set-up, quick start, rerun and a sweep take, before and after a change: docs/speed.md."""
