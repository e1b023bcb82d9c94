"""What README and docs/ promise, kept: commands are parsed and executed, links followed, figures made again."""
