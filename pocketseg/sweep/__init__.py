"""Sweeps: every network x recipe x target as jobs named by what decides them, each done once, one row a cell."""
