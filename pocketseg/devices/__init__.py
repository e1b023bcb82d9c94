"""Phones and other devices on which files run: a bundle goes out, records come back."""
