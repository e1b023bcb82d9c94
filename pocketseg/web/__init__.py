"""Measure files in any browser: the page, the server that hands it out and takes records back, a page of its own."""
