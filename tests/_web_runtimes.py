"""Stands in for the page's runtimes, which are fetched over a network: files with their names, a byte each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pocketseg.web import page


def stand_in(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Put the files into a folder, and change the page's pins to match them."""
    archives: list[dict[str, Any]] = []
    for one in page.runtimes():
        (folder / one.folder).mkdir(parents=True)
        members = []
        for name, pinned in one.files.items():
            (folder / one.folder / name).write_bytes(b"x")
            members.append({"file": pinned.member, "size_bytes": 1, "sha256": ""})
        facts = {name: getattr(one, name) for name in ("name", "package", "version", "folder", "file", "size_bytes")}
        archives.append({**facts, "sha256": "", "members": members})
    patch.setattr(page, "_pins", lambda: {"registry": "", "archives": archives})
    patch.setattr(page, "RUNTIMES", folder)
