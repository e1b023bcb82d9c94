"""Tools of the maintainers: pages made from results, speed of training, CI. Run as `python -m scripts.NAME`."""
