"""Steps that make a network small before export: one file a step.

There is no step yet. Static int8 (`w8a8`) belongs to each target's own quantizer and sits in export/.
"""
