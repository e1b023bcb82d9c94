"""Why test and validation scores differ: the statistics on made-up photos, and the committed page."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import models
from pocketseg.core.errors import DataError
from pocketseg.core.metrics import Counts
from pocketseg.data.split import read_split
from pocketseg.training.card import card_text
from scripts.test_and_validation import cards, explained, gaps, kept, page, results
from scripts.test_and_validation.gaps import Scored
from scripts.u2net_or_topformer.kept import parameters_of

CLASSES = ("background", "garment")


def _matrices(shares: list[float]) -> Counts:
    """Return the confusion matrix of a photo of 1,000 pixels for each share of hits in both classes, N,2,2."""
    hits = np.round(np.array(shares) * 500).astype(np.int64)
    return np.stack([np.array([[h, 500 - h], [500 - h, h]]) for h in hits])


def _scored(val: list[float], test: list[float], networks: int = 2) -> Scored:
    return Scored(
        networks=tuple(f"n{k}" for k in range(networks)), classes=CLASSES,
        val_ids=tuple(f"v{k:03}" for k in range(len(val))), test_ids=tuple(f"t{k:03}" for k in range(len(test))),
        val=np.stack([_matrices(val)] * networks), test=np.stack([_matrices(test)] * networks),
    )  # fmt: skip


def _kinds(scored: Scored) -> dict[str, str]:
    return dict.fromkeys((*scored.val_ids, *scored.test_ids), "1")


def test_a_gap_is_the_difference_of_mious_and_its_interval_holds_it() -> None:
    generator = np.random.default_rng(0)
    scored = _scored(generator.uniform(0.6, 0.9, 40).tolist(), generator.uniform(0.7, 1.0, 60).tolist())
    found = gaps.gap(scored)
    sums = [m[0].sum(0) for m in (scored.val, scored.test)]
    mious = [np.mean([m[k, k] / (m[k].sum() + m[:, k].sum() - m[k, k]) for k in (0, 1)]) for m in sums]
    assert found == pytest.approx([mious[1] - mious[0]] * 2)
    drawn = gaps.drawn_gaps(scored, rounds=300)
    assert drawn.shape == (300, 2) and (drawn[:, 0] == drawn[:, 1]).all()  # photos are drawn once for all networks
    low, high = gaps.interval(drawn[:, 0])
    assert low < found[0] < high


def test_chance_makes_a_planted_gap_seldom_and_a_small_one_often() -> None:
    generator = np.random.default_rng(0)
    noise = generator.uniform(-0.1, 0.1, 100).tolist()
    alike = _scored([0.7 + x for x in noise[:40]], [0.7 + x for x in noise[40:]])
    planted = _scored([0.7 + x for x in noise[:40]], [0.8 + x for x in noise[40:]])
    shares = []
    for scored in (alike, planted):
        divided = gaps.chance(scored, _kinds(scored), (), rounds=400)
        shares.append(float((np.abs(divided) >= abs(gaps.gap(scored).mean())).mean()))
    assert shares[0] > 0.1 > 0.005 > shares[1]


def test_photos_of_one_scene_and_kinds_stay_as_the_split_has_them() -> None:
    scored = _scored([0.9, 0.9, 0.5], [0.5, 0.5, 0.5])
    kinds = {"v000": "a", "v001": "a", "v002": "b", "t000": "b", "t001": "b", "t002": "b"}
    divided = gaps.chance(scored, kinds, [("v000", "v001")], rounds=50)
    assert np.allclose(divided, gaps.gap(scored).mean())  # both of kind a are always in the validation part


def test_a_property_that_makes_the_gap_explains_it_and_another_does_not() -> None:
    generator = np.random.default_rng(0)
    near_val, near_test = generator.random(100) < 0.3, generator.random(150) < 0.7
    scored = _scored(np.where(near_val, 0.9, 0.6).tolist(), np.where(near_test, 0.9, 0.6).tolist())
    cause = explained.in_kinds([str(x) for x in near_val], [str(x) for x in near_test])
    found = explained.weighted(scored, cause, rounds=200)
    assert abs(found.left) < 0.02 and found.explained_interval[0] > 0.05
    nothing = explained.in_fifths(generator.random(100).tolist(), generator.random(150).tolist())
    other = explained.weighted(scored, nothing, rounds=200)
    assert other.explained_interval[0] < 0 < other.explained_interval[1] and other.left > 0.05
    odds = explained.by_odds(
        np.stack((near_val, generator.random(100)), 1), np.stack((near_test, generator.random(150)), 1)
    )
    assert abs(explained.weighted(scored, odds, rounds=50).left) < 0.03


def test_kinds_that_validation_lacks_get_no_weight() -> None:
    weigh = explained.in_kinds(["a", "a"], ["a", "b", "a"])
    assert weigh(np.ones((1, 2)), np.ones((1, 3))).tolist() == [[1, 0, 1]]


def test_class_shares_are_evened_without_changing_how_well_a_class_is_recognised() -> None:
    few, many = np.array([[[900, 0], [50, 50]]]), np.array([[[500, 0], [250, 250]]])
    scored = Scored(
        networks=("n",), classes=CLASSES, val_ids=("v",), test_ids=("t",), val=few[None], test=many[None]
    )  # fmt: skip
    found = explained.same_classes(scored, rounds=5)
    assert found.left == pytest.approx(0) and found.explained == pytest.approx(gaps.gap(scored)[0])


def test_the_choice_of_an_epoch_counts_only_epochs_of_its_size() -> None:
    scores = [0.2, 0.3, 0.50, 0.52, 0.56, 0.52, 0.51]
    log = [
        {"epoch": str(k + 1), "height_px": "96" if k < 2 else "192", "width_px": "64", "val_miou": str(score)}
        for k, score in enumerate(scores)
    ]
    found = explained.optimism(log, 5)
    assert found and found["neighbours"] == 4
    assert found["value"] == pytest.approx(0.56 - np.mean([0.50, 0.52, 0.52, 0.51]))
    assert found["interval"][0] < found["value"] < found["interval"][1]
    assert explained.optimism(log[:4], 4) is None


def test_kept_scores_are_of_the_released_weights_and_give_their_cards_figures() -> None:
    split = read_split(results.SPLIT)
    for name in models.released():
        card = json.loads((models.RELEASED_FOLDER / f"{name}.json").read_text())
        content = kept.read(kept.scores_path(name))
        assert content["sha256"] == card["sha256"]
        for part in kept.PARTS:
            summed = np.sum(list(content["confusions"][part].values()), 0).reshape(4, 4)
            assert summed.tolist() == card[part]["confusion"]
        assert cards.amended(card, kept.scores_path(name), split) == card and card["test_strict"]["photos"] > 0
        assert (models.RELEASED_FOLDER / f"{name}.md").read_text() == card_text(card)


def test_a_run_that_keeps_a_release_s_scores_counts_as_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "RUNS", tmp_path)
    name = models.released()[0]
    content = kept.read(kept.scores_path(name))
    card = json.loads((models.RELEASED_FOLDER / f"{name}.json").read_text())
    run = {key: content[key] for key in ("classes", "confusions", "boundaries")}
    epochs = [{key: float(value) for key, value in row.items()} for row in card["log"]]
    of = {  # name of the run: network, validation mIoU, parameters
        "u2net-cut": ("u2net", 0.9, 7),
        "u2net_long": ("u2net", 0.7, parameters_of("u2net")),
        "u2net_short": ("u2net", 0.6, parameters_of("u2net")),
        "other": (name, 0.9, parameters_of(name)),
    }
    for run_name, (network, miou, parameters) in of.items():
        own = {"name": run_name, "network": network, "sha256": run_name, "parameters": parameters}
        own["val"] = {**card["val"], "miou": miou}
        record = {"name": run_name, "network": network, "card": card | own, "epochs": epochs, **run}
        (tmp_path / f"{run_name}.json").write_text(json.dumps(record))
    (tmp_path / "plain.json").write_text(json.dumps({"name": "plain", "epochs": epochs}))
    found = kept.networks()
    assert list(found) == [*models.released(), "u2net_long"], "one of a kind: the released, else the best whole one"
    assert found["u2net_long"].scores["test"].miou() == found[name].scores["test"].miou()
    again, before = (explained.optimism(found[n].epochs, found[n].epoch_of_best) for n in ("u2net_long", name))
    assert again == before


def test_a_card_of_other_weights_is_not_amended(tmp_path: Path) -> None:
    split = read_split(results.SPLIT)
    name = models.released()[0]
    with pytest.raises(DataError, match="other weights"):
        cards.amended({"sha256": "0" * 64, "test": {}}, kept.scores_path(name), split)
    path = tmp_path / "bad.scores.json"
    path.write_text("[]")
    with pytest.raises(DataError, match="does not hold a table"):
        cards.amended({"sha256": "0" * 64}, path, split)


@pytest.mark.documents
def test_scores_that_were_given_for_other_weights_are_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.loads(kept.GIVEN.read_text())
    monkeypatch.setattr(kept, "GIVEN", tmp_path / "given.json")
    first, *others = content["miou"]
    content["sha256"] |= dict.fromkeys(others, "replaced since")
    kept.GIVEN.write_text(json.dumps(content))
    found = results.results()
    assert list(found["given"]["miou"]) == [first] and "## Other photos" in page.page(found)
    content["sha256"][first] = "replaced, too"
    kept.GIVEN.write_text(json.dumps(content))
    found = results.results()
    assert found["given"] is None and "## Other photos" not in page.page(found)


@pytest.mark.documents
def test_the_page_and_its_figures_are_made_from_the_kept_files() -> None:
    again = results.results()
    committed = json.loads(page.DATA.read_text())
    assert _rounded(again) == _rounded(committed)
    assert page.page(committed) == page.PAGE.read_text()


def _rounded(value: object) -> object:
    """Return the value with numbers as far as all processors agree on them."""
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return round(value, 9) if isinstance(value, float) else value
