"""Experiments that answer a question on training, planned before they are run, killed and started again at will."""
