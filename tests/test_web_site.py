"""What is handed out, and for how long a browser may keep it: what is named by its content never changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pocketseg.web import page, serving
from pocketseg.web.site import IMMUTABLE, NO_CACHE

NAMES = {
    "index.html": NO_CACHE,
    "old.js": NO_CACHE,
    "assets/index-BGMrPpQX.js": IMMUTABLE,
    "assets/turn_gpu-c3-dZ2Qs.js": IMMUTABLE,
    "assets/index-T7a0c2yE.css": IMMUTABLE,
    "assets/index.js": NO_CACHE,
    "assets/index-BGMrPpQX.html": NO_CACHE,
    "elsewhere/index-BGMrPpQX.js": NO_CACHE,
}


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in NAMES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(page, "PAGE", tmp_path)
    yield


def test_files_named_by_their_content_are_kept_for_good_and_others_are_asked_for(built: None) -> None:
    assert {url: served.cache for url, served in serving.page_site().items()} == NAMES
