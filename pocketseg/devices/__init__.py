"""Phones and other places where files run: a bundle goes out, records come back."""
