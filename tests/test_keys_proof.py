"""A key's code is all that its result was computed with: modules that were imported, and files that were opened."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import compress
import export
import models
from benchmark import kept, scoring
from benchmark.entry import Entry
from benchmark.photos import ScoredPhotos, sample_part
from compress import _chain, _mixed
from compress._budget import open_budget
from pocketseg.artifacts import key
from pocketseg.artifacts.produce import produce
from pocketseg.artifacts.request import Request, check
from pocketseg.core._imports import PACKAGES
from pocketseg.core.cache import ROOT, Cache
from pocketseg.core.files import sha256_file, write_json
from pocketseg.core.keys import Code, files
from pocketseg.core.types import Recipe
from pocketseg.data.calibration import open_calibration
from pocketseg.data.embedded import FOLDER, sample_ids, sample_photos
from pocketseg.data.photos import digest
from pocketseg.data.split import Split, to_json
from pocketseg.workflows import compared_scores

SMALL = models.Given(height_px=64, width_px=64)


@dataclasses.dataclass(frozen=True)
class Seen:
    """What processes imported and opened of ours: paths below the root."""

    log: Path

    def sources(self) -> set[str]:
        """List the modules' files; of packages all that ran."""
        names = {line.removeprefix("module ") for line in self._lines("module ")}
        stems = [name.replace(".", "/") for name in names if name.split(".")[0] in PACKAGES]
        return {path for stem in stems for path in (f"{stem}.py", f"{stem}/__init__.py") if (ROOT / path).is_file()}

    def opened(self) -> set[str]:
        """List the other files; sources are opened besides for their literals, which are in keys as facts."""
        paths = [Path(line.removeprefix("file ")).relative_to(ROOT) for line in self._lines("file ")]
        ours = [path for path in paths if path.parts[0] in PACKAGES and path.suffix not in (".py", ".pyc")]
        return {path.as_posix() for path in ours if (ROOT / path).is_file()}

    def _lines(self, kind: str) -> list[str]:
        return [line for line in self.log.read_text().splitlines() if line.startswith(kind)]


@contextmanager
def watched(log: Path) -> Iterator[Seen]:
    """Watch the processes that are started in the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join((str(Path(__file__).parent / "_audit"), str(ROOT))))
        patch.setenv("POCKETSEG_CODE_LOG", str(log))
        patch.setenv("POCKETSEG_CODE_ROOT", str(ROOT))
        yield Seen(log)


@pytest.fixture
def seen(tmp_path: Path) -> Iterator[Seen]:
    with watched(tmp_path / "seen.txt") as seen_:
        yield seen_


def prove(seen: Seen, code: Code, facts: Mapping[str, Any], *expected: str) -> None:
    """Assert that the code holds what was seen. expected: sources of which some must have been."""
    own, sources, said = set(files(code)), seen.sources(), json.dumps(facts)
    assert set(expected) <= sources
    assert sources <= own, "imported, and not in the key"
    unsaid = {path for path in seen.opened() - own if sha256_file(ROOT / path) not in said}
    # Photos of the sample are named by their digests; those of its test part have no business here.
    by_digest = {f"pocketseg/data/sample/{i}" for i in _sample_files(*sample_ids("train"), *sample_ids("val"))}
    assert not unsaid - by_digest, "opened, and neither in the code nor hashed among the facts"


def _sample_files(*ids: str) -> list[str]:
    return [name for i in ids for name in (f"images/{i}.jpg", f"masks/{i}.png")]


def run(program: str, *arguments: object) -> None:
    """Run a program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# ---- a conversion, and the measurement of its file -------------------------------------------------------------------

pytestmark = pytest.mark.timeout(900)
QUICK = "torchmobile"  # the target whose converter takes the least time
CASES = [
    pytest.param(target, recipe, marks=() if (target, recipe) == (QUICK, "fp32") else pytest.mark.slow)
    for target in export.targets()
    for recipe in ("fp32", "w8a8")
    if recipe in export.facts(target, "PRECISIONS")
]


@pytest.mark.parametrize(("target", "recipe"), CASES)
def test_a_file_and_its_row_import_and_open_nothing_that_is_not_in_their_keys(
    target: str, recipe: str, tmp_path: Path
) -> None:
    request = Request(
        model="topformer_tiny", target=target, recipe=Recipe.parse(recipe), given=SMALL,
        calibration=open_calibration(count=4),
    )  # fmt: skip
    loaded, runtime = check(request), str(export.facts(target, "RUNTIME"))
    with watched(tmp_path / "conversion.txt") as seen:
        produced = produce(request, Cache(tmp_path / "cache"), loaded)
    prove(
        seen, key.code(target, "topformer_tiny"), key.key_facts(request, loaded), f"export/{target}.py",
        "models/topformer.py", f"benchmark/runtimes/{runtime}.py", "pocketseg/artifacts/_process.py",
        "pocketseg/artifacts/parity.py",
    )  # fmt: skip
    with watched(tmp_path / "measurement.txt") as seen:
        run(MEASURE, produced.folder, tmp_path / "cache", runtime)
    data = ScoredPhotos(photos=sample_photos(), ids=sample_ids("val")[:2], name="two photos")
    facts = kept._facts(Entry(artifact=produced.artifact, path=produced.file, runtime=runtime), data, "", 1)
    prove(
        seen, kept.code(runtime, "topformer_tiny", "folder"), facts, f"benchmark/runtimes/{runtime}.py",
        "models/topformer.py", "benchmark/_worker.py", "benchmark/accuracy.py",
    )  # fmt: skip
    with watched(tmp_path / "scoring.txt") as seen:
        run(SCORE_APART, produced.folder, tmp_path / "other cache", runtime)
    facts = scoring.Scorer(data, Cache(tmp_path), threads=1).facts(
        Entry(artifact=produced.artifact, path=produced.file, runtime=runtime)
    )
    prove(
        seen, scoring.code(runtime, "topformer_tiny", "folder"), facts, f"benchmark/runtimes/{runtime}.py",
        "models/topformer.py", "benchmark/_worker.py", "benchmark/accuracy.py",
    )  # fmt: skip


SCORE_APART = """
import sys
from pathlib import Path
import models
from benchmark.entry import Entry
from benchmark.photos import ScoredPhotos
from benchmark.scoring import Scorer
from pocketseg.inference import class_maps
from pocketseg.core.cache import Cache
from pocketseg.data.embedded import sample_ids, sample_photos
from pocketseg.core.manifest import read_manifest

folder, cache, runtime = sys.argv[1:]
artifact, path = read_manifest(Path(folder))
data = ScoredPhotos(photos=sample_photos(), ids=sample_ids("val")[:2], name="two photos")
network = models.open_model("topformer_tiny", models.Given(height_px=64, width_px=64))
maps = lambda artifact: class_maps(network, data.photos, data.ids)
with Scorer(data, Cache(Path(cache)), threads=1, reference=maps, kept_maps=data.ids) as scorer:
    assert scorer.score(Entry(artifact=artifact, path=path, runtime=runtime)).score.argmax_agreement > 0.8
"""

MEASURE = """
import sys
from pathlib import Path
import models
from benchmark.entry import Entry
from benchmark.kept import measure_missing
from benchmark.photos import ScoredPhotos
from pocketseg.inference import class_maps
from pocketseg.core.cache import Cache
from pocketseg.data.embedded import sample_ids, sample_photos
from pocketseg.core.manifest import read_manifest
from pocketseg.inference import class_maps

folder, cache, runtime = sys.argv[1:]
artifact, path = read_manifest(Path(folder))
data = ScoredPhotos(photos=sample_photos(), ids=sample_ids("val")[:2], name="two photos")
network = models.open_model("topformer_tiny", models.Given(height_px=64, width_px=64))
rows, kept = measure_missing(
    [Entry(artifact=artifact, path=path, runtime=runtime)], Cache(Path(cache)), data=data, threads=1,
    reference=lambda artifact: class_maps(network, data.photos, data.ids),
    progress=lambda *now: None, warn=lambda sentence: None,
)
assert rows[0].status == "ok" and rows[0].argmax_agreement > 0.8 and kept == 0, rows
"""


# ---- scores, steps, tables -------------------------------------------------------------------------------------------

SCORE = """
import sys
import models
from pocketseg.data.photos import open_photos
from pocketseg.training.scores import score
loaded = models.open_model("topformer_tiny", models.Given(height_px=64, width_px=64))
assert len(score(loaded.module, loaded.spec, open_photos(sys.argv[1]), sys.argv[2:]).photos) == 2
"""


def test_scoring_a_network_imports_and_opens_nothing_that_is_not_in_its_name(seen: Seen) -> None:
    data = sample_part("val")
    ids = data.ids[:2]
    run(SCORE, f"folder:{FOLDER}", *ids)
    loaded = models.open_model("topformer_tiny", SMALL)
    opened = [*map(data.photos.image_path, ids), *map(data.photos.mask_path, ids), FOLDER / "classes.json"]
    code = compared_scores.code(loaded, data)
    facts = {"weights": loaded.sha256, "data": [sha256_file(p) for p in opened]}
    prove(seen, code, facts, "pocketseg/training/scores.py", "models/topformer.py")
    with pytest.raises(AssertionError, match="imported, and not in the key"):  # so the proof can fail
        prove(seen, dataclasses.replace(code, used={**code.used, "models": ("u2net",)}), facts)
    with pytest.raises(AssertionError, match="opened, and neither"):
        prove(seen, code, {})


STEP = """
import sys
from pathlib import Path
import compress, models
from pocketseg.core.cache import Cache
loaded = models.open_model("topformer_tiny", models.Given(height_px=64, width_px=64))
budget = compress.Budget(epochs=1, accelerator="cpu", threads=1, settings={"batch_size": 8, "warmup_steps": 2})
after = compress.shrink(loaded, [sys.argv[1]], budget, Cache(Path(sys.argv[2])))
assert after.source.is_relative_to(sys.argv[2])
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", ["prune:0.3", "sparse:0.5", "sparse_random:0.5", "qat:w8a8", "distil:u2netp"])
def test_a_step_imports_and_opens_nothing_that_is_not_in_its_key(step: str, seen: Seen, tmp_path: Path) -> None:
    run(STEP, step, tmp_path / "cache")
    loaded, budget = models.open_model("topformer_tiny", SMALL), compress.Budget(epochs=1)
    photos, name = open_budget(budget), compress.step_file(step)
    facts = _chain.key_facts(loaded, step, budget, photos)
    code = _chain.code(loaded, name, compress.teachers(step), photos)
    expected = (f"compress/{name}.py", "compress/_chain.py", "pocketseg/training/loop.py", "models/topformer.py")
    prove(seen, code, facts, *expected)
    assert {"pocketseg/training/recipes/topformer_tiny.toml", "pocketseg/data/splits/ccp.json"} <= seen.opened()


TABLE = """
import sys
from pathlib import Path
import compress, models
from pocketseg.core.cache import Cache
from pocketseg.data.calibration import open_calibration
weights, data, split, cache = sys.argv[1:]
budget = compress.Budget(data=data, split_file=Path(split), max_drop=0.9)
compress.mixed(models.open_model(weights), budget, open_calibration(count=2), Cache(Path(cache)))
"""


def small_photos(folder: Path) -> tuple[str, Path]:
    """Write four photos of the sample at 64 x 64 px with their masks; give their name and their split."""
    ids = {"train": sample_ids("train")[:2], "val": sample_ids("val")[:2], "test": ()}
    for kind, suffix in (("images", "jpg"), ("masks", "png")):
        (folder / kind).mkdir(parents=True)
        for photo_id in (*ids["train"], *ids["val"]):
            picture = Image.open(FOLDER / kind / f"{photo_id}.{suffix}")
            picture.resize((64, 64), Image.Resampling.NEAREST).save(folder / kind / f"{photo_id}.{suffix}")
    shutil.copy(FOLDER / "classes.json", folder)
    photos = {part: {i: digest(folder / "images" / f"{i}.jpg") for i in own} for part, own in ids.items()}
    split = Split(name="small", photos=photos, never={}, made_with={})
    return f"folder:{folder}", write_json(folder.parent / "split.json", to_json(split))


@pytest.mark.slow
def test_a_mixed_table_imports_and_opens_nothing_that_is_not_in_its_key(tmp_path: Path) -> None:
    spec = dataclasses.replace(models.spec("topformer_tiny"), height_px=64, width_px=64)
    weights = tmp_path / "tiny.safetensors"
    models.save_weights(models.build("topformer_tiny"), spec, weights, dtype="fp32", metadata={})
    data, split = small_photos(tmp_path / "small")
    with watched(tmp_path / "seen.txt") as seen:
        run(TABLE, weights, data, split, tmp_path / "cache")
    loaded = models.open_model(str(weights))
    photos = open_budget(compress.Budget(data=data, split_file=split))
    facts = _mixed._key_facts(loaded, photos, open_calibration(count=2))
    prove(seen, _mixed.code(loaded, photos), facts, "compress/_sensitivity.py", "pocketseg/training/fake_quant.py")
