"""Facts every layer shares: types, errors, files, manifest, metrics. Imports nothing above it."""
