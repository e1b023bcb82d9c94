"""One artifact: what is asked, its key, the conversion in a process of its own, parity, delivery."""
