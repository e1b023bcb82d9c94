"""What README says of the phone's runtimes is what was measured, and a share that is not whole never reads so."""

from __future__ import annotations

import json

import pytest

from scripts.android import agreement


@pytest.mark.documents
def test_the_page_has_the_table_of_what_was_measured() -> None:
    found = json.loads(agreement.PATH.read_text(encoding="utf-8"))
    page = agreement.PAGE.read_text(encoding="utf-8")
    assert page.split(agreement.BEGIN)[1].split(agreement.END)[0].strip() == agreement.table(found)


def test_every_network_target_and_precision_is_in_it_once() -> None:
    found = json.loads(agreement.PATH.read_text(encoding="utf-8"))["files"]
    names = {(each["network"], each["target"], each["precision"]) for each in found}
    assert len(found) == len(names) == 2 * 4 * 2


@pytest.mark.parametrize(
    ("share", "said"), [(1, "100 %"), (0.9999999, "99.999 %"), (0.99, "99.000 %"), (0.5, "50.000 %")]
)
def test_a_share_that_is_not_whole_never_reads_as_if_it_were(share: float, said: str) -> None:
    assert agreement._percent(share) == said
