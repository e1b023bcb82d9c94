"""The pictures of README.md, each made by a command from a quick start's run: `python -m scripts.pictures`."""
