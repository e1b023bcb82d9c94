"""What every layer shares: types, errors, files, manifest, metrics. Imports nothing from the layers above."""
