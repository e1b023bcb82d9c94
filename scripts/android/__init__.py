"""Tools for the Android app's build and tests."""
