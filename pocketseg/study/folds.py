"""Assign groups of look-alike photos to folds, spreading each kind of photo as evenly as groups allow."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

from pocketseg.core.errors import SplitError

Group = tuple[str, ...]


def deal(groups: Sequence[Group], strata: Mapping[str, str], count: int, seed: int) -> tuple[tuple[Group, ...], ...]:
    """Return `count` folds of whole groups; they depend only on ids, strata and the seed.

    Large groups come first, then an order by hash. Each group goes to the fold that has the fewest of its strata, then
    to the smallest. strata: of each id. Raises SplitError where there are fewer groups than folds.
    """
    if len(groups) < count:
        raise SplitError(f"{len(groups)} groups of photos that look alike are too few for {count} folds")

    def order(group: Group) -> tuple[int, str]:
        return -len(group), hashlib.sha256(f"{seed}:{group[0]}".encode()).hexdigest()

    folds: list[list[Group]] = [[] for _ in range(count)]
    held = [Counter[str]() for _ in range(count)]
    for group in sorted(groups, key=order):
        kinds = Counter(strata[i] for i in group)

        def fullness(k: int, kinds: Counter[str] = kinds) -> tuple[int, int, int]:
            return sum(n * held[k][s] for s, n in kinds.items()), held[k].total(), k

        best = min(range(count), key=fullness)
        folds[best].append(group)
        held[best].update(kinds)
    return tuple(tuple(sorted(fold)) for fold in folds)
