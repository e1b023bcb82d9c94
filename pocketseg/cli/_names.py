"""Names of plug-ins as help texts list them: read from the folders, so that a new file is listed without further
work."""

from __future__ import annotations

from collections.abc import Sequence

import export


def either(names: Sequence[str]) -> str:
    """Return names in words: a, b or c."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def suffixes() -> list[str]:
    """Return the suffixes of the files that the targets write, each once."""
    return list(dict.fromkeys(export.facts(target, "SUFFIX") for target in export.targets()))


def converters() -> str:
    """Return, in words, the converters of targets that have several, each target's default first."""
    routes = {target: export.facts(target, "CONVERTERS") for target in export.targets()}
    return "; ".join(f"{target}: {either(own)} (default: {own[0]})" for target, own in routes.items() if own)


TARGET_HELP = f"{either(export.targets())}."
