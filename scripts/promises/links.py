"""Links and anchors within the repository: each must lead to a file, folder or heading that is there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from scripts.promises.documents import Document, read

_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//")
_LINES = re.compile(r"L\d+(C\d+)?(-L\d+(C\d+)?)?")


def pages(root: Path, names: list[str]) -> dict[str, Document]:
    """Read every page of the repository."""
    return {name: read(root, name) for name in names if name.endswith(".md")}


def is_elsewhere(target: str) -> bool:
    """Say whether a link leads out of the repository."""
    return bool(_ELSEWHERE.match(target))


def broken(documents: Mapping[str, Document], names: list[str]) -> list[str]:
    """Return what is wrong with links, a line each, `PAGE:LINE: why`; `names`: all files of the repository."""
    files = set(names)
    folders = {str(parent) for name in names for parent in Path(name).parents}
    found = []
    for document in documents.values():
        for link in document.links:
            if not is_elsewhere(link.target) and (why := _why(document, link.target, documents, files, folders)):
                found.append(f"{document.name}:{link.line}: {link.target or '(empty)'}: {why}")
    return found


def _why(document: Document, target: str, documents: Mapping[str, Document], files: set[str], folders: set[str]) -> str:
    path, _, anchor = target.partition("#")
    path = unquote(path.partition("?")[0])
    if not path and not anchor:
        return "leads nowhere"
    if path.startswith("/"):
        return "is not relative to its page"
    name = posixpath.normpath(posixpath.join(posixpath.dirname(document.name), path)) if path else document.name
    if name.startswith(".."):
        return "leads out of the repository"
    if name not in files and name not in folders:
        return "is not in the repository"
    if not anchor:
        return ""
    if name not in documents:
        return "" if name in files and _LINES.fullmatch(anchor) else "only a page has anchors"
    return "" if unquote(anchor) in documents[name].anchors else f"{name} has no such heading or anchor"
