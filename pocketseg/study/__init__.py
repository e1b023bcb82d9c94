"""Experiments on training, planned before they are run; they can be killed and resumed at any time."""
