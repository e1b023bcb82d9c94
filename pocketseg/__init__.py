"""PocketSeg: export, shrink and measure segmentation networks for phones."""

__version__ = "0.1.0"
