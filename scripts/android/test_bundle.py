"""Make the bundle that the Android app's tests run on this computer's JVM, and recordings of what cannot run there.

`python -m scripts.android.test_bundle OUT [EXPORTS]` writes `OUT/bundle.zip`: both networks for four targets, in fp32
and w8a8, and 8 photos; and `OUT/recordings/SHA256.bin`, what ExecuTorch and PyTorch Mobile answered here to an input of
that hash. EXPORTS: a folder of exported files; without it they are exported first, which takes a while. The TensorFlow
Lite of the JVM is older than the phone's and reads weights only from within the flatbuffer: they are put there, and the
file's name says so.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pocketseg import api
from pocketseg.core.files import atomic_folder, sha256_path, size_bytes, write_bytes, write_text
from pocketseg.core.manifest import read_manifest

NETWORKS = ("u2netp", "topformer_tiny")
RUN = ("onnx", "tflite")
RECORDED = ("executorch", "torchmobile")
RECIPES = ("fp32", "w8a8")
PHOTOS = 8
NOTE = "buffers-inlined-for-the-test"


def make(out: Path, exports: Path | None) -> Path:
    """Write bundle and recordings into `out`, which is there once it is whole; return the bundle."""
    from pocketseg.devices.job import Job

    with atomic_folder(out) as folder:
        files = list(_files(folder, exports))
        made = api.bundle(files, folder / "bundle", photos=PHOTOS, job=Job(passes=1))
        _record(made.folder, files, folder / "recordings")
    return out / "bundle.zip"


def _files(folder: Path, exports: Path | None) -> Iterator[Path]:
    for network in NETWORKS:
        for target in (*RUN, *RECORDED):
            for recipe in RECIPES:
                where = (exports or folder) / f"{network}-{target}-{recipe}"
                if exports is None:
                    api.export(network, target=target, recipe=recipe, out=where)
                _, file = read_manifest(where)
                yield _inlined(file, folder / "inlined" / where.name) if target == "tflite" else file


def _inlined(file: Path, to: Path) -> Path:
    """Write the same file with its weights within the flatbuffer, beside its manifest; return the new file."""
    made = to / f"{file.stem}-{NOTE}.tflite"
    write_bytes(made, inlined(file.read_bytes()))
    said = json.loads((file.parent / "manifest.json").read_text("utf-8"))
    said |= {"file": made.name, "sha256": sha256_path(made), "size_bytes": size_bytes(made)}
    write_text(to / "manifest.json", json.dumps(said))
    return made


def inlined(data: bytes) -> bytes:
    """Give the same .tflite with every buffer within the flatbuffer."""
    import flatbuffers
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(data))
    for buffer in model.buffers:
        if buffer.data is None and buffer.offset > 1:
            buffer.data = bytearray(data[buffer.offset : buffer.offset + buffer.size])
        buffer.offset = buffer.size = 0
    builder = flatbuffers.Builder(len(data))
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _record(bundle: Path, files: list[Path], to: Path) -> None:
    """Keep what the desktop's runtimes answer to each photo, by the hash of the file and of what went in."""
    import export
    from benchmark import runtimes

    content = json.loads((bundle / "bundle.json").read_text("utf-8"))
    for place, file in enumerate(files):
        artifact, _ = read_manifest(file)
        if artifact.target not in RECORDED:
            continue
        session = runtimes.runtime(str(export.facts(artifact.target, "RUNTIME"))).open_session(file, artifact, 1)
        for image in _inputs(bundle, content, place):
            answer = session.run(image)
            name = hashlib.sha256(artifact.sha256.encode() + image.tobytes()).hexdigest()
            write_bytes(to / f"{name}.bin", answer.tobytes())


def _inputs(bundle: Path, content: dict[str, Any], place: int) -> Iterator[Any]:
    """Give every photo as a float input of N, C, H, W."""
    import numpy as np

    given = content["inputs"][content["artifacts"][place]["input"]]
    pixels = np.fromfile(bundle / given["file"], np.uint8)
    for photo in pixels.reshape(len(content["photos"]), given["height_px"], given["width_px"], 3):
        yield np.ascontiguousarray(photo.transpose(2, 0, 1)[None], np.float32)


def main() -> None:
    """Make it."""
    if len(sys.argv) not in (2, 3):
        raise SystemExit(__doc__)
    print(make(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else None))


if __name__ == "__main__":
    main()
