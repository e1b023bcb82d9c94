"""Writes conformance/cases, which every language must reproduce: `python -m scripts.conformance`, or `make
conformance`.

Each module makes one set of cases. The product's own code is the reference, except where only a phone needs the rule.
"""
