"""Sweeps: every network x recipe x target. Jobs are named by a hash of their inputs, so each is done once; one row a
cell.
"""
