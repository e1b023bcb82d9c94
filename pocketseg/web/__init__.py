"""Measuring files in any browser: the page, the server that serves it and takes records back, and a stand-
alone page.
"""
