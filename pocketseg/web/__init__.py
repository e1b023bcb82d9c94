"""Measures files in any browser: the page, the server that serves it and receives records, and a stand-alone page."""
