"""Measure files in any browser: the page, the server that hands it out and takes records back, and a page of its own."""
