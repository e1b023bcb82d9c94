"""Measuring exported files: each runs in a process of its own, on the runtime that it ships to."""
