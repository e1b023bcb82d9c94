"""What every language must reproduce: writes conformance/cases. `python -m scripts.conformance`, or `make conformance`.

One module a set of cases; the reference of each is the product's own code, but where a phone alone needs the rule.
"""
