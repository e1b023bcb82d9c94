"""Which folder may take a table: a new one, one of `benchmark`, or one in which `serve` or a job began."""

from __future__ import annotations

from pathlib import Path

from benchmark.records import ROWS
from pocketseg.core.errors import StorageError, UsageError
from pocketseg.core.files import disk_faults, make_folder
from pocketseg.core.record import RECORDS

_HINT = "give a new folder, or one that `pocketseg benchmark` wrote: --out DIR"
_WITHOUT_ROWS = {  # what only others leave in a folder that has no rows.jsonl, by the command
    RECORDS: "", "results.csv": "", "results.json": "", "report.html": "",
    "trials.jsonl": "tune", "trials.csv": "tune",
    "last.ckpt": "train", "log.csv": "train", "best.safetensors": "train", "environment.json": "train",
    "result.json": "train",
    "manifest.json": "export", "session.json": "export-page", "bundle.json": "device bundle",
    "progress.json": "device run", "0.json": "device run",
    "compare.json": "compare", "compare.md": "compare", "metrics.csv": "evaluate", "summary.json": "evaluate",
    "prepared.jsonl": "data prepare", "classes.json": "data prepare",
}  # fmt: skip
_WITH_ROWS = {"sweep.json": "sweep", "tune.json": "tune"}  # what others go on with, be there rows or not


def check_table(out: Path) -> None:
    """Refuse, before any work, a folder that another command wrote, or that cannot be one.

    Raises UsageError, StorageError.
    """
    with disk_faults(out):
        _check(out)


def _check(out: Path) -> None:
    there = next((path for path in (out, *out.absolute().parents) if path.exists() or path.is_symlink()), Path("/"))
    if not there.is_dir():
        what = "a link that leads nowhere" if there.is_symlink() and not there.exists() else "not a folder"
        raise UsageError(f"{there} is {what}" + ("" if there == out else f", so {out} cannot be made"), hint=_HINT)
    if there != out:
        _check_can_be_made(out, there)
        return
    has_rows = (out / ROWS).exists()
    for name, command in (_WITH_ROWS if has_rows else {**_WITH_ROWS, **_WITHOUT_ROWS}).items():
        if (out / name).exists():
            writer = f"`pocketseg {command}`" if command else "another command"
            alone = "" if has_rows else f" and no {ROWS}"
            raise UsageError(f"{out} holds {name}{alone}, so {writer} wrote it", hint=_HINT)


def _check_can_be_made(out: Path, there: Path) -> None:
    """Refuse a folder that the system does not create in the one that is there. Raises UsageError."""
    new = Path(*out.absolute().parts[: len(there.absolute().parts) + 1])
    try:
        make_folder(new).rmdir()  # permissions do not tell it: in /proc the administrator may do anything
    except StorageError as error:
        raise UsageError(f"{out} cannot be made: {error.message}", hint=error.hint or _HINT) from error
    except OSError as error:
        raise UsageError(f"{out} cannot be made: {error.strerror or error}", hint=_HINT) from error
