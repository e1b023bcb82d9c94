"""Made-up runtimes with files that they run, which crash, hang, raise or chatter, and photos to score them on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmark.entry import Entry
from benchmark.photos import ScoredPhotos
from benchmark.timing import Effort
from pocketseg.core.files import sha256_path
from pocketseg.core.manifest import write_manifest
from pocketseg.core.types import Artifact, Parity, Preprocessing, TensorSpec
from pocketseg.data.photos import PhotoSet, open_photos

PACKAGE = "pocketseg_test_runtimes"
QUICK = Effort(
    passes=2, least_runs=4, floor_runs=4, least_s=0.0, most_s=0.5, least_wall_s=0.0, ceiling_s=0.0, warm_up_s=0.0,
    timeout_s=60.0,
)  # fmt: skip
HEIGHT, WIDTH = 32, 64
CLASSES = ("background", "upper_body", "lower_body", "full_body")

# Gives class 1 where a photo is red, and does what facts["does"] says on the run of number facts["on_run"].
FAKE = """
import ctypes, os, time
import numpy as np

TOOL = "numpy"

def refusal():
    return None

def import_engine():
    pass

class Session:
    def __init__(self, artifact, threads):
        self.does, self.on_run = artifact.facts.get("does", ""), artifact.facts.get("on_run", 0)
        self.runs, self.threads = 0, threads
        self.journal = artifact.facts.get("journal", "")
        self.name = artifact.model
        if self.does == "hold":
            self.held = np.ones(artifact.facts["bytes"], np.uint8)

    def run(self, image):
        if self.journal:
            with open(self.journal, "a") as stream:
                stream.write(self.name + "\\n")
        self.runs += 1
        if self.runs > self.on_run:
            if self.does == "crash":
                ctypes.string_at(0)
            if self.does == "raise":
                raise RuntimeError("the engine has\\nno such operator")
            if self.does == "exit":
                print("goodbye", flush=True)
                os._exit(4)
            if self.does == "hang":
                time.sleep(60)
            if self.does == "chatter":
                os.write(1, b"{}\\nengine version 7 \\xff\\n" * 3)
                print("{}")
            if self.does == "nan":
                return np.full((1, 4, *image.shape[1:3]), np.nan, np.float32)
            if self.does == "misshape":
                return np.zeros((1, 4), np.float32)
        red = image[..., 0] > 127.0  # 1,H,W
        return np.stack([~red, red, red * 0, red * 0], 1).astype(np.float32)

def open_session(path, artifact, threads):
    return Session(artifact, threads)
"""
# Writes when its imports and loads begin and end, into the file that the environment names.
NOTING = (
    FAKE
    + """
from contextlib import contextmanager

@contextmanager
def noted(what):
    for mark in ("begins", "ends"):
        with open(os.environ["MADE_UP_JOURNAL"], "a") as stream:
            stream.write(f"{what} {mark}\\n")
        if mark == "begins":
            yield

def import_engine():
    with noted("import"):
        for _ in range(50):  # until another one has begun, however late that is on a busy computer
            time.sleep(0.1)
            with open(os.environ["MADE_UP_JOURNAL"]) as stream:
                said = stream.read().split("\\n")
            if said.count("import begins") >= 2:
                break

def open_session(path, artifact, threads):
    with noted("load"):
        time.sleep(0.05)
        return Session(artifact, threads)
"""
)
LOSES = 'raise RuntimeError(f"no {path}: gone")'


def write_runtimes(root: Path) -> None:
    """Write the package of made-up runtimes below `root`, which has to be put in the import path."""
    folder = root / PACKAGE
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "fake.py").write_text(FAKE)
    (folder / "evaluator.py").write_text(FAKE + "\nTIMED = False\nLABEL = 'no device'\n")
    (folder / "noting.py").write_text(NOTING)
    (folder / "refusing.py").write_text('TOOL = "numpy"\ndef refusal():\n    return "this host has no such chip"\n')
    (folder / "losing.py").write_text(FAKE.replace("return Session(artifact, threads)", LOSES))
    (folder / "ancient.py").write_text("raise ImportError('cannot import x (/home/ann smith/lib/python/x.py)')\n")
    (folder / "broken.py").write_text("import a_module_that_nobody_installed\n")


def write_entry(parent: Path, name: str, runtime: str = "fake", **facts: Any) -> Entry:
    """Write a file with its manifest into PARENT/NAME. facts: what it does."""
    folder = parent / name
    folder.mkdir()
    file = folder / "net.fake"
    file.write_bytes(name.encode())
    photo = TensorSpec(name="photo", shape=(1, HEIGHT, WIDTH, 3), layout="NHWC", dtype="float32")
    scores = TensorSpec(name="scores", shape=(1, 4, HEIGHT, WIDTH), layout="NCHW", dtype="float32")
    artifact = Artifact(
        target="fake", model=name, recipe="fp32", precision="fp32", output="logits", file=file.name,
        sha256=sha256_path(file), size_bytes=file.stat().st_size, input_height_px=HEIGHT, input_width_px=WIDTH,
        inputs=(photo,), outputs=(scores,), classes=CLASSES, colors_rgb=((0, 0, 0),) * 4,
        checkpoint_sha256="c" * 64, lineage=(), split_hash="", calibration={}, parity=Parity(status="measured"),
        tools={}, facts=facts, preprocessing=Preprocessing(mean_rgb=(0.5, 0.5, 0.5), std_rgb=(0.5, 0.5, 0.5)),
    )  # fmt: skip
    write_manifest(folder, artifact)
    return Entry(artifact=artifact, path=file, runtime=runtime)


def write_photos(folder: Path) -> ScoredPhotos:
    """Write ten photos whose left half is red, twice the input's size; masks call the left half upper_body."""
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    image = np.zeros((2 * HEIGHT, 2 * WIDTH, 3), np.uint8)
    image[:, :WIDTH, 0] = 255
    for number in range(10):
        image[0, 0, 2] = number  # no two are the same file
        Image.fromarray(image).save(folder / "images" / f"{number}.png")
        Image.fromarray((image[..., 0] > 0).astype(np.uint8)).save(folder / "masks" / f"{number}.png")
    photos: PhotoSet = open_photos(f"folder:{folder}")
    return ScoredPhotos(photos=photos, ids=tuple(photos.ids), name="made-up", split="test", hash="h")
