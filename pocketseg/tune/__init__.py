"""Tuning: which recipe makes the cheapest file within a budget of mIoU, each trial a real, measured file."""
