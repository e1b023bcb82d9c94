"""The strict subset of a committed split's test photos: those without a look-alike among the other photos used.

NAME.strict.json beside the split holds the rule, the ids, and for each photo left out its look-alike.
"""

from __future__ import annotations

from pathlib import Path

from pocketseg.core.errors import SplitError
from pocketseg.core.outside import read_json
from pocketseg.data.split import COMMITTED, STRICT, Split

_HINT = "restore the file, or make it again: `python -m scripts.test_and_validation strict`"


def strict_ids(split: Split, folder: Path = COMMITTED) -> tuple[str, ...]:
    """Return the test photos of the strict subset, in order; none where the split has no such file.

    A file belongs to a split by its hash. Raises SplitError for a damaged file.
    """
    for path in sorted(folder.glob(f"*{STRICT}.json")):
        ids, split_hash = _read(path)
        if split_hash == split.hash:
            foreign = sorted(set(ids) - set(split.photos["test"]))
            if foreign:
                raise SplitError(
                    f"{path} names {foreign[0]}, which is not a test photo of split {split.name}", hint=_HINT, path=path
                )
            return tuple(sorted(ids))
    return ()


def _read(path: Path) -> tuple[list[str], str]:
    try:
        content = read_json(path)
        ids, split_hash = content["test"], content["split_hash"]
        if not (isinstance(ids, list) and all(isinstance(i, str) for i in ids) and isinstance(split_hash, str)):
            raise TypeError("test must be a list of ids, split_hash a text")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SplitError(f"{path} is not a strict subset ({error})", hint=_HINT, path=path) from error
    return ids, split_hash
