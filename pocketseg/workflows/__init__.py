"""The work behind larger commands: the quick start, and comparing networks."""
