"""What the iOS harness's sources must be: those that are written by a command are what it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.ios import schemas


def test_the_schemas_in_swift_are_those_of_the_contract() -> None:
    assert schemas.SOURCE.read_text(encoding="utf-8") == schemas.text(), "run `python -m scripts.ios.schemas`"


def test_every_schema_can_be_read_back_from_the_swift_source() -> None:
    parts = schemas.text().split('#"""\n')[1:]
    names = [path.name for path in sorted(schemas.SCHEMAS.glob("*.json"))]
    assert len(parts) == len(names) == 3
    for name, part in zip(names, parts, strict=True):
        own = json.loads((schemas.SCHEMAS / name).read_text(encoding="utf-8"))
        assert json.loads(part.partition('\n"""#')[0]) == own


@pytest.mark.parametrize("text", ['{"a": "\\\\#(x)"}', '{"a": """#}'])
def test_a_schema_that_would_end_its_swift_text_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd.schema.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr(schemas, "SCHEMAS", tmp_path)
    with pytest.raises(ValueError, match="one more #"):
        schemas.text()
