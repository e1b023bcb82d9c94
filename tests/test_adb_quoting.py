"""A string reaches the device's shell as one word, whatever it holds, or not at all: tried with a real `sh -c`."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from pocketseg.core.errors import DeviceError
from pocketseg.devices._android_paths import bundle_zip, job_folder, job_uri
from pocketseg.devices._quoting import bundle_hash, ended, job_id, shell_line

HOSTILE = [
    "", " ", "a b", "'", '"', "''", "'\"'\"'", "\\", "\\'", "$HOME", "$(touch pwned)", "`touch pwned`", "; touch pwned",
    "&& touch pwned", "| touch pwned", "> pwned", "..", "../../pwned", "/", "~", "~root", "*", "?", "[a-z]*", "{a,b}",
    "-n", "--help", "-", "--", "a=b", "#", "!", "!!", "%s", "\n", "\ntouch pwned\n", "\r\n", "\t", "\x01", "\x1b[31m",
    "\x7f", "ü", "u\u0308", "日本", "🙂", "\u202e", "\u2028", "\ufeff", "if", "do", "()", "\\n", "\\0", "^C",
]  # fmt: skip


def _words(line: str, folder: Path) -> list[str]:
    """Return the words that a real `sh` makes of a line, less its program."""
    (folder / "words").write_text('#!/bin/sh\nfor each in "$@"; do printf "%s\\0" "$each"; done\n')
    (folder / "words").chmod(0o755)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run(["sh", "-c", line], check=True, capture_output=True, env=environment, cwd=folder)
    assert ended(done.stderr.decode()) == (0, "")
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_string_is_one_word_of_the_shell(text: str, tmp_path: Path) -> None:
    assert _words(shell_line("words", "before", text, "after"), tmp_path) == ["before", text, "after"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["words"]


def test_made_up_strings_are_the_words_that_they_were(tmp_path: Path) -> None:
    chance = random.Random(19)
    for _ in range(40):
        words = ["".join(chance.choices(_ALPHABET, k=chance.randrange(12))) for _ in range(chance.randrange(1, 30))]
        assert _words(shell_line("words", *words), tmp_path) == words
    assert sorted(p.name for p in tmp_path.iterdir()) == ["words"]


BAD = ["", "a b", "a;b", "$x", "a=b", "./a", "/bin/a", "-a", "a\n", "A", "a'", "x" * 33]
_ALPHABET = [*map(chr, range(1, 127)), *HOSTILE[1:], "\u00e9", "\u3042", "\U0001f600"]


@pytest.mark.parametrize("text", ["a\0b", "\0", "\ud800", "x\udcff"], ids=ascii)
def test_what_no_shell_can_be_given_is_refused(text: str) -> None:
    with pytest.raises(DeviceError, match="shell"):
        shell_line("words", text)


@pytest.mark.parametrize("code", [0, 1, 127, 255])
def test_a_line_says_how_its_program_ended(code: int, tmp_path: Path) -> None:
    (tmp_path / "fails").write_text(f"#!/bin/sh\necho out\necho err >&2\nexit {code}\n")
    (tmp_path / "fails").chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", shell_line("fails")], check=False, capture_output=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}
    )
    assert ended(done.stderr.decode()) == (code, "err\n") and done.stdout == b"out\n"
    assert ended(done.stderr.decode()[:-2]) is None


@pytest.mark.parametrize("program", BAD)
def test_a_program_is_a_plain_name(program: str) -> None:
    with pytest.raises(DeviceError, match="not the name of a program"):
        shell_line(program)


def test_a_line_has_a_bound() -> None:
    with pytest.raises(DeviceError, match="longer than"):
        shell_line("words", *["x" * 100] * 100)


@pytest.mark.parametrize("text", [*HOSTILE, "a" * 63, "A" * 64, "g" * 64, "a" * 64 + "\n", "٣" * 64], ids=ascii)
def test_no_other_string_is_a_name_on_the_device(text: str) -> None:
    for name in (bundle_zip, bundle_hash, job_id, job_folder, lambda t: job_uri(t, "0.json")):
        with pytest.raises(DeviceError, match=r"not the hash of a bundle|not a job id"):
            name(text)
