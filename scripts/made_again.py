"""Which kept results an edit invalidates: a table in ARCHITECTURE.md, from the code that each result depends on."""

from __future__ import annotations

import sys

import compress
import models
from benchmark import kept
from benchmark.photos import sample_part
from compress import _chain, _mixed
from compress._budget import open_budget
from pocketseg.artifacts import key
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import DataError
from pocketseg.core.keys import Code, files
from pocketseg.workflows import compared_scores
from scripts.readme import rewrite

BLOCK = "made-again"
EDITS = {  # one line in such a file, and an example of it
    "the Core ML evaluator": "pocketseg/mlprogram/operations/convolution.py",
    "a network, U2Net": "models/u2net.py",
    "a network, TopFormer": "models/topformer.py",
    "the resize": "pocketseg/inference.py",
    "a runtime, LiteRT": "benchmark/runtimes/litert.py",
    "an exporter's helper, TFLite": "export/_litert_weights.py",
    "a step's helper, pruning": "compress/_structured.py",
    "the training loop": "pocketseg/training/loop.py",
    "a training recipe": "pocketseg/training/recipes/u2netp.toml",
    "the committed split": "pocketseg/data/splits/ccp.json",
    "the report": "pocketseg/report/html.py",
}


def results() -> dict[str, Code]:
    """Return the code that each kind of result depends on, by its title."""
    u2net = models.open_model("u2netp")
    data, photos = sample_part("val"), open_budget(compress.Budget())
    return {
        "U2Net's TFLite file": key.code("tflite", "u2netp"),
        "its row, on LiteRT": kept.code("litert", "u2netp", data.photos.format),
        "TopFormer's Core ML file": key.code("coreml", "topformer_tiny"),
        "its row, on the evaluator": kept.code("coreml_reference", "topformer_tiny", data.photos.format),
        "U2Net's scores in `compare`": compared_scores.code(u2net, data),
        "U2Net after `prune`": _chain.code(u2net, "prune", (), photos),
        "U2Net's layers for `w8a8:mixed`": _mixed.code(u2net, photos),
    }


def table() -> str:
    """Return the table as Markdown: edits down, kept results across."""
    computed_with = {title: files(code) for title, code in results().items()}
    lines = [f"| one line edited in | {' | '.join(computed_with)} |", "|---" * (1 + len(computed_with)) + "|"]
    for title, path in EDITS.items():
        cells = ("again" if path in own else "kept" for own in computed_with.values())
        lines.append(f"| {title}: `{path}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Rewrite the table in ARCHITECTURE.md in place."""
    rewrite(ROOT / "ARCHITECTURE.md", {BLOCK: table()})


if __name__ == "__main__":
    try:
        main()
    except DataError as error:
        sys.exit(str(error))
