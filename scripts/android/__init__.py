"""Builds and checks the Android app on a computer that has no Android SDK: `python -m scripts.android --help`."""
