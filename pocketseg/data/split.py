"""The train/validation/test split: deterministic, stratified, near-duplicates together, frozen by a hash."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketseg.core.errors import DataError, SplitError, UnknownNameError, UsageError
from pocketseg.core.files import sha256_json
from pocketseg.core.outside import read_json
from pocketseg.data.photos import PhotoSet, digest

SPLITS = ("train", "val", "test")
COMMITTED = Path(__file__).parent / "splits"
READS = ("splits/*.json",)
STRICT = ".strict"  # ends the names of files beside splits: strict.py


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Photo ids per part, each with its file's digest; `never` also holds unlabelled copies of val or test photos."""

    name: str
    photos: Mapping[str, Mapping[str, str]]
    never: Mapping[str, str]
    made_with: Mapping[str, Any]

    def __post_init__(self) -> None:
        seen: dict[str, str] = {}
        copies: dict[str, tuple[str, str]] = {}
        for part in SPLITS:
            for photo_id, photo_digest in self.photos[part].items():
                if photo_id in seen:
                    raise SplitError(
                        f"photo {photo_id} is in {seen[photo_id]} and in {part} of split {self.name}",
                        hint="each photo belongs to one part: take it out of one of them",
                    )
                seen[photo_id] = part
                other, there = copies.setdefault(photo_digest, (photo_id, part))
                if there != part:
                    raise SplitError(
                        f"photo {photo_id} in {part} of split {self.name} is a copy of {other} in {there}",
                        hint="each photo belongs to one part: leave the copy out",
                    )
        if not any(self.photos[part] for part in SPLITS):
            raise SplitError(f"split {self.name} is empty", hint="it needs the ids of photos")

    @property
    def hash(self) -> str:
        """Return the hash of ids, digests and parts, which model cards and rows quote."""
        return sha256_json({"photos": {p: dict(self.photos[p]) for p in SPLITS}, "never": sorted(self.never)})[:16]

    def ids(self, part: str) -> tuple[str, ...]:
        """Return the ids of `train`, `val` or `test`, in order."""
        if part not in SPLITS:
            raise UnknownNameError("split", part, (*SPLITS, "all"))
        return tuple(sorted(self.photos[part]))


def stratum(classes: Iterable[int]) -> str:
    """Return the name of a photo's stratum: which garment classes it holds."""
    return "".join(str(c) for c in sorted(set(classes)) if c > 0) or "none"


def check_ratios(ratios: tuple[float, float, float]) -> None:
    """Refuse shares of train, val and test that are negative or do not add up to 1."""
    if not (min(ratios) >= 0 and abs(sum(ratios) - 1) <= 1e-6):
        raise SplitError(f"ratios {ratios} must be non-negative and add up to 1")


def assign(
    group_list: Sequence[tuple[str, ...]], strata: Mapping[str, str], ratios: tuple[float, float, float], seed: int
) -> dict[str, list[str]]:
    """Return groups dealt to train, val and test so that each stratum is divided by the ratios.

    Large groups come first, then an order that only the seed and the ids decide; each group goes where its stratum is
    farthest below the ratios.
    """
    check_ratios(ratios)
    totals = Counter(strata[i] for group in group_list for i in group)
    want = {(s, k): totals[s] * ratios[k] for s in totals for k in range(3)}
    all_photos = sum(totals.values())
    lack_total = [all_photos * r for r in ratios]
    parts: dict[str, list[str]] = {part: [] for part in SPLITS}

    def key(group: tuple[str, ...]) -> tuple[int, str]:
        return -len(group), hashlib.sha256(f"{seed}:{group[0]}".encode()).hexdigest()

    allowed = [k for k in range(3) if ratios[k] > 0]
    for group in sorted(group_list, key=key):
        counts = Counter(strata[i] for i in group)

        def lack(k: int, counts: Counter[str] = counts) -> tuple[float, float]:
            return sum(n * want[s, k] / max(totals[s] * ratios[k], 1e-9) for s, n in counts.items()), lack_total[k]

        best = max(allowed, key=lack)
        parts[SPLITS[best]].extend(group)
        lack_total[best] -= len(group)
        for s, n in counts.items():
            want[s, best] -= n
    return {part: sorted(ids) for part, ids in parts.items()}


def to_json(split: Split) -> dict[str, Any]:
    """Return the split file's content."""
    return {
        "schema_version": 1,
        "name": split.name,
        "hash": split.hash,
        "made_with": dict(split.made_with),
        "counts": {p: len(split.photos[p]) for p in SPLITS},
        "never": dict(sorted(split.never.items())),
        "photos": {p: dict(sorted(split.photos[p].items())) for p in SPLITS},
    }


def read_split(path: Path) -> Split:
    """Return the split in a file, checked against the hash that it carries."""
    try:
        content = read_json(path)
        photos = {p: {str(i): str(d) for i, d in content["photos"][p].items()} for p in SPLITS}
        split = Split(
            name=str(content["name"]),
            photos=photos,
            never={str(i): str(d) for i, d in content["never"].items()},
            made_with=dict(content["made_with"]),
        )
        recorded = str(content["hash"])
    except FileNotFoundError as error:
        raise SplitError(f"split file {path} does not exist") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SplitError(
            f"{path} is not a split file ({type(error).__name__}: {error})", hint="make one with `pocketseg data split`"
        ) from error
    if recorded != split.hash:
        raise SplitError(
            f"{path} says hash {recorded}, but its content gives {split.hash}",
            hint="it was edited by hand: restore it, because a split is frozen",
        )
    return split


def committed_splits() -> list[Path]:
    """Return the split files that ship with the project."""
    return sorted(p for p in COMMITTED.glob("*.json") if not p.stem.endswith(STRICT))


def is_within(split: Split, whole_hash: str) -> bool:
    """Return whether a split has that hash, or holds some photos of each part of a committed split that has it."""
    if split.hash == whole_hash:
        return True
    wholes = [whole for whole in map(read_split, committed_splits()) if whole.hash == whole_hash]
    return any(all(split.photos[p].items() <= whole.photos[p].items() for p in SPLITS) for whole in wholes)


def check_present(split: Split, photos: PhotoSet, parts: Sequence[str]) -> None:
    """Refuse a split whose photos are missing from the data, judged by name: no photo is opened."""
    for part in parts:
        for fault in _missing(split, photos, part):
            raise fault


def _missing(split: Split, photos: PhotoSet, part: str) -> Iterator[DataError]:
    present = set(photos.ids)
    missing = [i for i in split.ids(part) if i not in present]
    if missing:
        yield SplitError(
            f"{len(missing)} of {len(split.photos[part])} {part} photos of split {split.name} are not in "
            f"{photos.root}, e.g. {missing[0]}",
            hint="give the data that the split was made from, or --split-file with a split of this data",
            path=photos.root,
        )


def split_faults(split: Split, photos: PhotoSet, parts: Sequence[str]) -> Iterator[DataError]:
    """Yield every reason why a split does not fit the data: photos that are missing or have other bytes."""
    present = set(photos.ids)
    for part in parts:
        yield from _missing(split, photos, part)
        for photo_id in split.ids(part):
            if photo_id not in present:
                continue
            path = photos.image_path(photo_id)
            try:
                found = digest(path)
            except DataError as fault:
                yield fault
                continue
            if found != split.photos[part][photo_id]:
                yield SplitError(
                    f"photo {path} is not the one that split {split.name} was made from",
                    hint="its bytes differ: restore the original, or make a split of this data",
                    path=path,
                )


def held_out_elsewhere(split: Split) -> Iterator[str]:
    """Return which training photos of a split are validation or test photos of a committed one."""
    for path in committed_splits():
        other = read_split(path)
        if other.hash == split.hash:
            continue
        for part in ("val", "test"):
            held_out = set(other.photos[part].values())
            shared = [i for i in split.ids("train") if split.photos["train"][i] in held_out]
            if shared:
                yield (
                    f"{len(shared)} training photos of split {split.name} are {part} photos of the committed split "
                    f"{other.name}, e.g. {shared[0]}: do not score on either what is trained on them"
                )


def in_no_part(split: Split, photos: PhotoSet) -> Iterator[str]:
    """Yield a note where labelled photos are in no part of a split, as those added after it was made."""
    left = set(photos.ids).difference(*(split.photos[part] for part in SPLITS))
    if left:
        what = "1 labelled photo is" if len(left) == 1 else f"{len(left)} labelled photos are"
        yield f"{what} in no part of this split and will not be used; make a new split to use them"


def check_bytes(split: Split, photos: PhotoSet, parts: Sequence[str]) -> None:
    """Refuse a split whose photos are missing from the data or have other bytes."""
    for fault in split_faults(split, photos, parts):
        raise fault


def own_split(photos: PhotoSet) -> Path | None:
    """Return the split file in the data's own folder, where `data prepare` writes it."""
    path = photos.root / "split.json"
    return path if path.is_file() else None


def find_split(photos: PhotoSet, split_file: Path | None, parts: Sequence[str], otherwise: str = "") -> Split:
    """Return the split of `photos`: the named file, the data's own split.json, or the committed one that fits.

    A committed split fits by ids and bytes.

    Args:
        photos: the data set.
        split_file: the named file, or None.
        parts: those that must be present.
        otherwise: for the hint, what else the caller accepts.

    Raises:
        SplitError: where none fits.
    """
    named = split_file or own_split(photos)
    if named is not None:
        split = read_split(named)
        check_bytes(split, photos, parts)
        return split
    reasons = []
    for path in committed_splits():
        split = read_split(path)
        try:
            check_bytes(split, photos, parts)
        except SplitError as error:
            reasons.append(f"{path.stem}: {error.message}")
        else:
            return split
    raise SplitError(
        f"no committed split fits {photos.root}",
        hint="\n".join(
            [
                *reasons,
                f"make one with `pocketseg data split` and give it as --split-file{otherwise}",
            ]
        ),
    )


def part_ids(photos: PhotoSet, part: str, split_file: Path | None) -> tuple[tuple[str, ...], Split | None]:
    """Return the ids of one part and the split that chose it; `all` takes every labelled photo and needs no split.

    Raises SplitError, UnknownNameError, and UsageError for `all` with a split file.
    """
    if part == "all":
        if split_file is not None:
            raise UsageError(
                "--split all takes every labelled photo, whatever a split file says",
                hint="leave out --split-file, or give --split train, val or test",
            )
        if not photos.ids:
            raise SplitError(f"{photos.root} holds no labelled photo", hint="scoring needs masks")
        return tuple(photos.ids), None
    if part not in SPLITS:
        raise UnknownNameError("split", part, (*SPLITS, "all"))
    split = find_split(photos, split_file, (part,), ", or --split all to score every photo")
    ids = split.ids(part)
    if not ids:
        raise SplitError(
            f"the {part} part of split {split.name} is empty",
            hint="make a split with photos in it, or take another part",
        )
    return ids, split
