"""Damaged MATLAB files, against scipy in a process of its own, which they can crash."""

from __future__ import annotations

import io
import random
import struct
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from _damage import COUNT, _damaged, _others, limit
from _decoders import Array
from _small_files import ccp_data, mat

from pocketseg.core.errors import DataError
from pocketseg.data.check import check
from pocketseg.data.formats import ccp
from pocketseg.data.photos import open_photos

SCIPY = """
import sys
import numpy, scipy.io
for line in sys.stdin:
    path = line.strip()
    print("begin", path, flush=True)
    try:
        values = scipy.io.loadmat(path, variable_names=["groundtruth"])["groundtruth"]
        numpy.save(path + ".npy", values, allow_pickle=False)
    except BaseException:
        pass
    print("end", path, flush=True)
"""


def _scipy_reads(files: Sequence[Path]) -> dict[Path, Array]:
    """What scipy reads of each file; those it cannot read, or crashes on, are left out."""
    waiting = list(files)
    while waiting:
        text = "".join(f"{f}\n" for f in waiting)
        try:
            run = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", SCIPY], input=text, capture_output=True, text=True, check=False,
                timeout=60,
            )  # fmt: skip
            out = run.stdout
        except subprocess.TimeoutExpired as error:
            out = (error.stdout or b"").decode()
        begun = sum(line.startswith("begin") for line in out.splitlines())
        assert begun, "scipy did not start"
        waiting = waiting[begun:]
    return {f: np.load(f"{f}.npy") for f in files if Path(f"{f}.npy").exists()}


@pytest.mark.parametrize("name", ["compressed", "plain", "doubles", "packed anew"])
def test_a_damaged_mat_file_is_refused_or_read_as_scipy_reads_it(name: str, tmp_path: Path) -> None:
    ccp_data(tmp_path)
    file, spec = tmp_path / "annotations/pixel-level/0012.mat", f"ccp:{tmp_path}"
    good = mat(compressed=name == "compressed", dtype="f8" if name == "doubles" else "u1")
    rng, others, found, wrong = random.Random(name), _others(), {}, []
    (tmp_path / "copies").mkdir()
    for number in range(COUNT):
        damaged = good if not number else _damaged(good, rng, others)
        if name == "packed anew" and len(damaged) > 128:
            packed = zlib.compress(damaged[128:])
            damaged = damaged[:128] + struct.pack("<II", 15, len(packed)) + packed
        file.write_bytes(damaged)
        copy = tmp_path / "copies" / f"{number}.mat"
        copy.write_bytes(damaged)
        refused = False
        try:
            with limit():
                found[copy] = open_photos(spec).labels("0012")
        except DataError as error:
            refused = True
            if "0012.mat" not in error.message or not error.hint:
                wrong.append(f"{number}: not named: {error}")
        except Exception as error:  # noqa: BLE001 - that is what must not come
            wrong.append(f"{number}: {type(error).__name__}: {error}")
        with limit():
            if refused and check(spec, None).clean:
                wrong.append(f"{number}: refused, but clean in the report")
    truth = _scipy_reads([tmp_path / "copies" / f"{k}.mat" for k in range(COUNT)])
    for copy, labels in found.items():
        plausible = labels.ndim == 2 and labels.dtype == np.uint8 and int(labels.max(initial=0)) < len(ccp.LABELS)
        if not plausible or (copy in truth and not np.array_equal(labels, truth[copy])):
            wrong.append(f"{copy.name}: read as {labels.shape}, up to {labels.max(initial=0)}")
    assert tmp_path / "copies/0.mat" in truth and tmp_path / "copies/0.mat" in found
    assert not wrong, "\n".join(wrong)
    assert COUNT - len(found) > 20 and len(set(found) & set(truth)) >= 3, "nothing was compared, or nothing hit"


@pytest.mark.parametrize(("stored", "value"), [("u2", 300), ("u2", 256 + 14), ("i2", -242)])
def test_a_mat_file_whose_values_do_not_fit_its_class_is_refused(stored: str, value: int, tmp_path: Path) -> None:
    stream = io.BytesIO()
    scipy.io.savemat(stream, {"groundtruth": np.full((6, 5), value, stored)})
    data = bytearray(stream.getvalue())
    flags = data.index(struct.pack("<II", 6, 8)) + 8
    assert data[flags] in (10, 11)
    data[flags] = 9  # the class: uint8
    (tmp_path / "x.mat").write_bytes(data)
    assert int(_scipy_reads([tmp_path / "x.mat"])[tmp_path / "x.mat"][0, 0]) == value
    with pytest.raises(DataError, match=r"x\.mat"):
        ccp.read_labels(tmp_path / "x.mat")
