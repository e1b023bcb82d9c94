"""The data formats: one file a format.

A file holds HELP (a literal sentence), EXPECTED (a literal tuple of file patterns; anything else in the folder is a
note of `data check`), MAPPING (its table to the garment classes; None where each folder names its own) and
open_folder(root, mapping_file, report), which gives a PhotoSet.
"""
