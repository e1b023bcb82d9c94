"""One artifact: the request, its key, the conversion in a separate process, parity, delivery."""
