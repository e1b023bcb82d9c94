"""Tools of the maintainers: pages made from results, speed of training. Run as `python -m scripts.NAME`."""
