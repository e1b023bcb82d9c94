"""Properties that hold whatever the data: run-length masks round-trip, and no split leaks, loses or repeats a photo."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from pocketseg.core.classes import CLASSES
from pocketseg.core.errors import DataError, SplitError
from pocketseg.core.files import write_json
from pocketseg.data.duplicates import near_duplicates, thumbnail
from pocketseg.data.formats.folder import FolderPhotos
from pocketseg.data.make_split import bring_in, make_split
from pocketseg.data.mapping import same
from pocketseg.data.photos import digest, open_photos, read_image
from pocketseg.data.rle import decode, encode
from pocketseg.data.split import SPLITS, Split, assign, check_bytes, read_split, to_json

# the same examples in every run: a failure here is one that anybody can repeat
SLOW = settings(max_examples=60, deadline=None, derandomize=True)
FAST = settings(max_examples=200, deadline=None, derandomize=True)

# ---- run-length masks ------------------------------------------------------------------------------------------------


def _slow_decode(text: str, height: int, width: int) -> list[list[int]]:
    """The format's definition, a pixel at a time: pixel 1 is row 1 of column 1, pixel 2 is row 2 of column 1."""
    grid = [[0] * width for _ in range(height)]
    numbers = [int(word) for word in text.split()]
    for start, length in zip(numbers[::2], numbers[1::2], strict=True):
        for pixel in range(start, start + length):
            assert 1 <= pixel <= height * width, "the run leaves the image"
            column, row = divmod(pixel - 1, height)
            grid[row][column] = 1
    return grid


@st.composite
def _masks(draw: st.DrawFn) -> npt.NDArray[np.uint8]:
    height, width = draw(st.integers(1, 30)), draw(st.integers(1, 30))
    density = draw(st.sampled_from((0.0, 0.05, 0.5, 0.95, 1.0)))
    seed = draw(st.integers(0, 1 << 32))
    rng = np.random.default_rng(seed)
    mask = (rng.random((height, width)) < density) * rng.integers(1, 256, (height, width))
    flips = draw(st.lists(st.tuples(st.integers(0, height - 1), st.integers(0, width - 1)), max_size=4))
    for row, column in flips:
        mask[row, column] = 0 if mask[row, column] else 1
    return mask.astype(np.uint8)


@FAST
@given(_masks())
def test_any_mask_comes_back_from_its_runs(mask: npt.NDArray[np.uint8]) -> None:
    height, width = mask.shape
    text = encode(mask)
    found = decode(text, height, width)
    assert found.shape == mask.shape and found.dtype == np.uint8
    assert found.tolist() == (mask > 0).astype(int).tolist() == _slow_decode(text, height, width)


@FAST
@given(_masks())
def test_runs_are_the_shortest_list_in_order(mask: npt.NDArray[np.uint8]) -> None:
    numbers = [int(n) for n in encode(mask).split()]
    starts, lengths = numbers[::2], numbers[1::2]
    assert sum(lengths) == int((mask > 0).sum()) and all(n > 0 for n in lengths)
    ends = [s + n for s, n in zip(starts, lengths, strict=True)]
    assert all(end < start for end, start in zip(ends, starts[1:], strict=False)), "two runs touch or are out of order"


@FAST
@given(st.integers(1, 30), st.integers(1, 30), st.data())
def test_any_valid_runs_in_any_order_mean_what_the_format_says(height: int, width: int, data: st.DataObject) -> None:
    runs = []
    for _ in range(data.draw(st.integers(0, 6))):
        start = data.draw(st.integers(1, height * width))
        runs.append((start, data.draw(st.integers(1, height * width - start + 1))))
    blank = data.draw(st.sampled_from((" ", "  ", "\t")))
    text = blank.join(f"{start}{blank}{length}" for start, length in runs)
    assert decode(text, height, width).tolist() == _slow_decode(text, height, width)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("2 1", [[0, 0, 0], [1, 0, 0]]),
        ("3 1", [[0, 1, 0], [0, 0, 0]]),
        ("1 2", [[1, 0, 0], [1, 0, 0]]),
        ("6 1", [[0, 0, 0], [0, 0, 1]]),
        ("", [[0, 0, 0], [0, 0, 0]]),
    ],
)
def test_pixel_2_is_row_2_of_column_1(text: str, rows: list[list[int]]) -> None:
    assert decode(text, 2, 3).tolist() == rows
    assert encode(np.array(rows)) == text


@FAST
@given(st.text("0123456789 -\t\n\xa0\x1c\u0663.e+_x", max_size=12))
def test_any_text_is_refused_or_means_what_the_format_says(text: str) -> None:
    try:
        found = decode(text, 7, 5)
    except ValueError:
        words = text.split()
        plain = all(w.isascii() and w.isdigit() for w in words) and len(words) % 2 == 0
        runs = [(int(a), int(b)) for a, b in zip(words[::2], words[1::2], strict=True)] if plain else []
        blank = set(text) <= set("0123456789 \t\n")
        valid = blank and bool(runs) and all(min(a, b) >= 1 and a + b - 1 <= 35 for a, b in runs)
        assert not valid, "a valid text was refused"
    else:
        assert found.tolist() == _slow_decode(text, 7, 5)


@pytest.mark.parametrize(
    "text",
    ["0 1", "-1 2", "1 0", "1 -1", "1", "1 2 3", "7 1", "6 2", "1 7", "1.0 1", "1e0 1", "x", "1 99999999999999999"],
)
def test_runs_outside_the_image_or_half_written_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        decode(text, 2, 3)


# ---- photos to split -------------------------------------------------------------------------------------------------

SCENES = 8
# names as people give them: any script, blanks inside; nothing that ends a line
IDS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=8).filter(
    lambda text: text == text.strip() and not text.startswith("\ufeff")
)
RATIOS = st.tuples(*[st.integers(0, 10)] * 3).filter(any).map(lambda r: tuple(v / sum(r) for v in r))
Ratios = tuple[float, float, float]


@dataclass(frozen=True)
class Pool:
    """Small photos on disk: SCENES scenes, each as it is, brighter, and mirrored; and masks of different classes."""

    folder: Path

    def photo(self, scene: int, variant: int) -> Path:
        return self.folder / f"scene{scene}-{variant}.png"

    def mask(self, kind: int) -> Path:
        return self.folder / f"mask{kind}.png"


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    made = Pool(tmp_path_factory.mktemp("pool"))
    rng = np.random.default_rng(5)
    for scene in range(SCENES):
        image = rng.integers(0, 200, (24, 16, 3)).astype(np.uint8)
        for variant, pixels in enumerate((image, image + 20, image[:, ::-1])):
            Image.fromarray(np.ascontiguousarray(pixels)).save(made.photo(scene, variant))
    for kind, classes in enumerate(((0,), (0, 1), (1, 2), (0, 3, 255))):
        Image.fromarray(np.resize(np.array(classes, np.uint8), (24, 16))).save(made.mask(kind))
    likeness = near_duplicates([thumbnail(read_image(made.photo(k // 3, k % 3))) for k in range(3 * SCENES)])
    pairs = {(a, b) for a, b, _ in likeness}
    assert pairs == {(a, b) for a in range(3 * SCENES) for b in range(a + 1, 3 * SCENES) if a // 3 == b // 3}
    return made


@dataclass(frozen=True)
class Drawn:
    """A made-up data set: what each photo shows, and which are labelled."""

    scene: dict[str, int]
    variant: dict[str, int]
    labelled: tuple[str, ...]

    def photos(self, pool: Pool) -> FolderPhotos:
        return FolderPhotos(
            root=pool.folder,
            files={i: pool.photo(self.scene[i], self.variant[i]) for i in self.scene},
            masks={i: pool.mask(len(i) % 4) for i in self.labelled},
            ids=tuple(sorted(self.labelled)),
            unlabelled_ids=tuple(sorted(set(self.scene) - set(self.labelled))),
            mapping=same(CLASSES),
        )

    def joined(self, pairs: Iterable[tuple[str, str]] = ()) -> dict[str, int]:
        """Number the groups in the slowest way: spread the lowest number until nothing changes."""
        number = dict(self.scene)
        links = [(a, b) for a in number for b in number if self.scene[a] == self.scene[b]] + list(pairs)
        while any(number[a] != number[b] for a, b in links):
            for a, b in links:
                number[a] = number[b] = min(number[a], number[b])
        return number


@st.composite
def _data_sets(draw: st.DrawFn) -> Drawn:
    ids = draw(st.lists(IDS, unique=True, min_size=1, max_size=12))
    scene = {i: draw(st.integers(0, SCENES - 1)) for i in ids}
    variant = {i: draw(st.integers(0, 2)) for i in ids}
    labelled = tuple(i for i in ids if draw(st.integers(0, 4)) > 0) or (ids[0],)
    return Drawn(scene=scene, variant=variant, labelled=labelled)


def _part_of(split: Split) -> dict[str, str]:
    listed = [(i, part) for part in SPLITS for i in split.photos[part]]
    assert len({i for i, _ in listed}) == len(listed), "a photo comes twice"
    return dict(listed)


# ---- splits made here ------------------------------------------------------------------------------------------------


@SLOW
@given(_data_sets(), RATIOS, st.integers(0, 1 << 40), st.data())
def test_a_made_split_never_leaks_loses_or_repeats(
    pool: Pool, drawn: Drawn, ratios: Ratios, seed: int, data: st.DataObject
) -> None:
    photos = drawn.photos(pool)
    everything = sorted(drawn.scene)
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(everything), st.sampled_from(everything)), max_size=3))
    split = make_split(photos, name="own", ratios=ratios, seed=seed, known_pairs=pairs)
    part = _part_of(split)
    assert sorted(part) == sorted(drawn.labelled)
    group = drawn.joined(pairs)
    for a in part:
        assert all(part[a] == part[b] for b in part if group[a] == group[b]), "a group is torn apart"
    held_out = {group[i] for i in part if part[i] != "train"}
    assert set(split.never) == {i for i in photos.unlabelled_ids if group[i] in held_out}
    assert all(not split.photos[p] for p, ratio in zip(SPLITS, ratios, strict=True) if ratio == 0)
    assert split == make_split(photos, name="own", ratios=ratios, seed=seed, known_pairs=pairs)
    check_bytes(split, photos, SPLITS)


@FAST
@given(
    st.lists(st.lists(IDS, min_size=1, max_size=4), min_size=1, max_size=20),
    RATIOS,
    st.integers(-5, 1 << 40),
    st.integers(1, 4),
)
def test_assign_keeps_groups_of_any_ids_whole(dealt: list[list[str]], ratios: Ratios, seed: int, kinds: int) -> None:
    ids = [i for group in dealt for i in group]
    assume(len(set(ids)) == len(ids))
    strata = {i: str(len(i.encode()) % kinds) for i in ids}
    parts = assign([tuple(group) for group in dealt], strata, ratios, seed)
    assert tuple(parts) == SPLITS
    assert sorted(i for part in SPLITS for i in parts[part]) == sorted(ids)
    for group in dealt:
        assert sum(bool(set(group) & set(parts[part])) for part in SPLITS) == 1
    assert all(not parts[part] for part, ratio in zip(SPLITS, ratios, strict=True) if ratio == 0)


@SLOW
@given(st.integers(1, 60), RATIOS, st.integers(0, 99))
def test_single_photos_of_one_stratum_are_dealt_by_the_ratios_to_one_photo(
    count: int, ratios: Ratios, seed: int
) -> None:
    ids = [f"ñ{k}" for k in range(count)]
    parts = assign([(i,) for i in ids], dict.fromkeys(ids, "1"), ratios, seed)
    for part, ratio in zip(SPLITS, ratios, strict=True):
        assert abs(len(parts[part]) - ratio * count) <= 2


def test_a_folder_of_any_names_is_split_and_its_split_file_fits(pool: Pool, tmp_path: Path) -> None:
    names = ["été", "写真 1", "a.b.c", "👗", "-x", "o'k", "ⅷ", "{0}", "%s", "Ω\u0301"]
    for folder in ("images", "masks"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    for place, name in enumerate(names):
        shutil.copy(pool.photo(place % SCENES, place // SCENES), tmp_path / "data/images" / f"{name}.png")
        shutil.copy(pool.mask(place % 4), tmp_path / "data/masks" / f"{name}.png")
    photos = open_photos(f"folder:{tmp_path / 'data'}")
    assert sorted(photos.ids) == sorted(names)
    split = make_split(photos, name="ø", ratios=(0.4, 0.3, 0.3), seed=3)
    part = _part_of(split)
    assert sorted(part) == sorted(names)
    assert part[names[0]] == part[names[SCENES]] and part[names[1]] == part[names[SCENES + 1]]
    again = read_split(write_json(tmp_path / "split.json", to_json(split)))
    assert again == split
    check_bytes(again, photos, SPLITS)


def test_names_that_are_no_utf_8_are_refused_as_ids_are_text(pool: Pool, tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
        shutil.copy(
            pool.photo(0, 0) if folder == "images" else pool.mask(0), tmp_path / folder / os.fsdecode(b"\xe9.png")
        )
    with pytest.raises(DataError, match="is not UTF-8"):
        open_photos(f"folder:{tmp_path}")


@pytest.mark.parametrize("seed", range(4))
def test_copies_byte_for_byte_stay_together_even_where_they_are_blank(seed: int, tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    for place in range(6):
        Image.new("RGB", (16, 24), (90, 90, 90)).save(tmp_path / "images" / f"blank{place}.png")
        Image.new("L", (16, 24), 1).save(tmp_path / "masks" / f"blank{place}.png")
    photos = open_photos(f"folder:{tmp_path}")
    assert len({digest(photos.image_path(i)) for i in photos.ids}) == 1
    split = make_split(photos, name="own", ratios=(0.4, 0.3, 0.3), seed=seed)
    assert sorted(_part_of(split)) == sorted(photos.ids) and len(set(_part_of(split).values())) == 1


# ---- splits brought in -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("lists")


def _write_lists(folder: Path, given: Sequence[Sequence[str]], ending: str) -> list[Path]:
    place = Path(tempfile.mkdtemp(dir=folder))
    files = [place / f"{k}.txt" for k in range(len(given))]
    for file, ids in zip(files, given, strict=True):
        file.write_bytes("".join(f"{i}{ending}" for i in ids).encode())
    return files


@SLOW
@given(
    _data_sets(), st.integers(2, 3), st.floats(0, 1), st.integers(0, 99), st.sampled_from(("\n", "\r\n", "  \n\n")),
    st.data(),
)  # fmt: skip
def test_every_listed_photo_ends_in_its_part_and_no_other_in_any(
    pool: Pool, lists: Path, drawn: Drawn, count: int, val_ratio: float, seed: int, ending: str, data: st.DataObject
) -> None:
    photos = drawn.photos(pool)
    home = {i: data.draw(st.integers(0, count)) for i in drawn.labelled}  # the last number: in no list
    given_ids = [[i for i in drawn.labelled if home[i] == k] for k in range(count)]
    files = _write_lists(lists, given_ids, ending)
    look = {i: (drawn.scene[i], drawn.variant[i]) for i in drawn.scene}
    torn = any(look[a] == look[b] and home[a] < home[b] < count for a in home for b in home)
    if torn or not any(given_ids):
        with pytest.raises(SplitError, match="is a copy of" if torn else "is empty"):
            bring_in(photos, files, name="own", val_ratio=val_ratio, seed=seed)
        return
    split, astride = bring_in(photos, files, name="own", val_ratio=val_ratio, seed=seed)
    part = _part_of(split)
    if count == 3:
        assert [sorted(split.photos[p]) for p in SPLITS] == [sorted(ids) for ids in given_ids]
    else:
        assert sorted([*split.photos["train"], *split.photos["val"]]) == sorted(given_ids[0])
        assert sorted(split.photos["test"]) == sorted(given_ids[1])
        scenes = [{drawn.scene[i] for i in split.photos[p]} for p in ("train", "val")]
        assert not scenes[0] & scenes[1], "near-duplicates were dealt to train and to val"
        if val_ratio in (0, 1):
            assert not split.photos["val" if val_ratio == 0 else "train"]
    sides = {s: {part[i] for i in part if drawn.scene[i] == s} for s in range(SCENES)}
    assert sorted({drawn.scene[group[0]] for group in astride}) == [s for s in sides if len(sides[s]) > 1]
    assert all({drawn.scene[i] for i in group} == {drawn.scene[group[0]]} for group in astride)
    held_out = {drawn.scene[i] for i in part if part[i] != "train"}
    assert set(split.never) == {i for i in photos.unlabelled_ids if drawn.scene[i] in held_out}
    check_bytes(split, photos, SPLITS)


@SLOW
@given(st.integers(0, 999), st.sampled_from((0.2, 0.4, 0.6)), st.integers(1, 3))
def test_of_two_lists_near_duplicates_in_the_first_share_a_part(
    pool: Pool, lists: Path, seed: int, val_ratio: float, size: int
) -> None:
    home = {f"{scene}{variant}é": (scene, variant) for scene in range(SCENES) for variant in range(size)}
    drawn = Drawn({i: s for i, (s, _) in home.items()}, {i: v for i, (_, v) in home.items()}, tuple(home))
    train, test = [i for i in home if home[i][0] < 6], [i for i in home if home[i][0] >= 6]
    split, astride = bring_in(
        drawn.photos(pool), _write_lists(lists, [train, test], "\n"), name="own", val_ratio=val_ratio, seed=seed
    )
    part = _part_of(split)
    assert not astride and all(part[i] == part[f"{home[i][0]}0é"] for i in home)
    assert len(split.photos["val"]) in [size * k for k in range(1, 6)]
    assert sorted(split.photos["test"]) == sorted(test) and sorted(part) == sorted(home)


@SLOW
@given(_data_sets(), st.data())
def test_a_photo_on_two_lines_or_unlabelled_or_unknown_is_refused(
    pool: Pool, lists: Path, drawn: Drawn, data: st.DataObject
) -> None:
    photos = drawn.photos(pool)
    ids = list(drawn.labelled)
    wrong = data.draw(st.sampled_from([*ids, *photos.unlabelled_ids, "no such photo of theirs"]))
    where = data.draw(st.integers(0, 2))
    given_ids = [[*ids], [], []]
    given_ids[where].append(wrong)
    files = _write_lists(lists, given_ids, "\n")
    with pytest.raises(SplitError) as caught:
        bring_in(photos, files, name="own", val_ratio=0.2, seed=1)
    if wrong in ids:
        assert f"photo {wrong} is in" in caught.value.message
    else:
        assert caught.value.path == files[where] and caught.value.line == len(given_ids[where])
        assert repr(wrong) in caught.value.message and f"line {len(given_ids[where])}" in caught.value.message


@pytest.mark.parametrize("odd", ["\x85", "\u2028", "\x0b", "\x1c"])
def test_only_a_newline_ends_a_line_of_ids(odd: str, pool: Pool, tmp_path: Path) -> None:
    drawn = Drawn(scene={f"a{odd}b": 0, "c": 1}, variant={f"a{odd}b": 0, "c": 0}, labelled=(f"a{odd}b", "c"))
    files = _write_lists(tmp_path, [[f"a{odd}b"], [], ["c"]], "\n")
    split, _ = bring_in(drawn.photos(pool), files, name="own", val_ratio=0.2, seed=1)
    assert _part_of(split) == {f"a{odd}b": "train", "c": "test"}


def test_a_list_of_ids_may_begin_with_a_byte_order_mark(pool: Pool, tmp_path: Path) -> None:
    drawn = Drawn(scene={"a": 0, "c": 1}, variant={"a": 0, "c": 0}, labelled=("a", "c"))
    files = _write_lists(tmp_path, [["\ufeffa"], [], ["c"]], "\n")
    split, _ = bring_in(drawn.photos(pool), files, name="own", val_ratio=0.2, seed=1)
    assert _part_of(split) == {"a": "train", "c": "test"}


# ---- split files -----------------------------------------------------------------------------------------------------

DIGESTS = st.text("0123456789abcdef", min_size=32, max_size=32)


@FAST
@given(
    st.dictionaries(st.text(max_size=12), st.tuples(DIGESTS, st.integers(0, 3)), min_size=1, max_size=12),
    st.text(max_size=12),
    st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.lists(st.booleans(), max_size=2)),
)
def test_a_split_file_comes_back_as_it_was(
    lists: Path, content: dict[str, tuple[str, int]], name: str, made_with: dict[str, object]
) -> None:
    assume(any(place < 3 for _, place in content.values()))
    assume(len({d for d, _ in content.values()}) == len(content))
    photos = {p: {i: d for i, (d, place) in content.items() if place == k} for k, p in enumerate(SPLITS)}
    never = {i: d for i, (d, place) in content.items() if place == 3}
    split = Split(name=name, photos=photos, never=never, made_with=made_with)
    again = read_split(write_json(lists / "split.json", to_json(split)))
    assert again == split and again.hash == split.hash
    assert again.never == never and dict(again.made_with) == made_with
    assert [again.ids(p) for p in SPLITS] == [tuple(sorted(photos[p])) for p in SPLITS]


def test_a_split_file_of_endless_brackets_is_no_split_file(tmp_path: Path) -> None:
    (tmp_path / "split.json").write_text("[" * 100_000)
    with pytest.raises(SplitError, match="is not a split file"):
        read_split(tmp_path / "split.json")
