"""The constants with which a function of an arm64 library is called: decodes just enough to read a registration."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Registers = dict[int, int]  # those whose value is a known constant

_ARM64 = 183
_SECTION = struct.Struct("<IIQQQQIIQQ")
_RETURN, _CALL, _BRANCH = 0xD65F03C0, 0x94000000, 0x14000000
_DECIDES = (0x54000000, 0x34000000, 0x35000000)
_NEEDS_STACK = 0xD10003FF  # sub sp, sp, n: a function of its own
_KEPT = range(19, 29)  # a call leaves these as they were
_FARTHEST = 12  # instructions into a function that may be a compiler's outlined piece
_DEEPEST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call, and the registers whose constants are known at that point."""

    target: int
    constants: Registers


def instructions(data: bytes) -> tuple[int, ...]:
    """Return the text section of a 64-bit little-endian ELF library for arm64. Raises ValueError for anything else."""
    if data[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<H", data, 18)[0] != _ARM64:
        raise ValueError("not an arm64 library")
    place = struct.unpack_from("<Q", data, 0x28)[0]
    size, count, names = struct.unpack_from("<HHH", data, 0x3A)
    sections = [_SECTION.unpack_from(data, place + i * size) for i in range(count)]
    start = sections[names][4]
    text = next(s for s in sections if data[start + s[0] :].startswith(b".text\0"))
    return struct.unpack_from(f"<{text[5] // 4}I", data, text[4])


def calls(words: Sequence[int], wanted: Registers) -> list[Call]:
    """Return all calls of the function that makes the call with `wanted`, in order, including outlined ones."""
    places = [place for place, known in _direct(words) if wanted.items() <= known.items()]
    if not places:
        raise ValueError("no call with these constants")
    first = last = places[0]
    while first and words[first - 1] != _RETURN:
        first -= 1
    while last < len(words) and words[last] != _RETURN:
        last += 1
    known: Registers = {}
    found: list[Call] = []
    for place in range(first, last):
        word = words[place]
        if word & 0xFC000000 == _CALL:
            known = _called(words, place + _offset(word), known, found, 0)
        else:
            _set(known, word)
    return found


def _direct(words: Sequence[int]) -> Iterator[tuple[int, Registers]]:
    """Return the position of each call, and the constants that were set for it just before."""
    known: Registers = {}
    for place, word in enumerate(words):
        if word & 0xFC000000 == _CALL:
            yield place, known
            known = {n: value for n, value in known.items() if n in _KEPT}
        elif word == _RETURN:
            known = {}
        else:
            _set(known, word)


def _called(words: Sequence[int], place: int, known: Registers, found: list[Call], depth: int) -> Registers:
    """Note a call, unless it is of a piece that the compiler outlined, which is followed; return the constants."""
    inside = dict(known)
    for at in range(place, min(place + _FARTHEST, len(words))):
        word = words[at]
        if word == _RETURN:
            return inside
        if word & 0xFC000000 == _BRANCH and depth < _DEEPEST:
            return _called(words, at + _offset(word), inside, found, depth + 1)
        if word & 0xFC000000 == _CALL or word & 0xFF000000 in _DECIDES or word & 0xFFC003FF == _NEEDS_STACK:
            break
        _set(inside, word)
    found.append(Call(target=place, constants=dict(known)))
    return {n: value for n, value in known.items() if n in _KEPT}


def _offset(word: int) -> int:
    offset = word & 0x3FFFFFF
    return offset - (1 << 26) if offset >> 25 else offset


def _set(known: Registers, word: int) -> None:
    """Note what a move puts into a register; other instructions' results are not followed."""
    to = word & 31
    if word & 0xFFE00000 == 0x52800000:  # movz
        known[to] = word >> 5 & 0xFFFF
    elif word & 0xFFC003E0 == 0x320003E0:  # orr with zero of a repeated pattern of bits
        known[to] = _pattern(word >> 16 & 63, word >> 10 & 63)
    elif word & 0xFFE0FFE0 == 0x2A0003E0:  # mov between registers
        source = word >> 16 & 31
        value = 0 if source == 31 else known.get(source)
        if value is None:
            known.pop(to, None)
        else:
            known[to] = value
    elif word & 0xFFE0FFE0 == 0xAA0003E0:  # the same, 64 bits
        known.pop(to, None)


def _pattern(rotated: int, ones: int) -> int:
    """Return the 32-bit constant encoded in a logical instruction."""
    size = 1 << ((~ones & 63).bit_length() - 1) if ~ones & 32 == 0 else 32
    bits = (1 << ((ones & (size - 1)) + 1)) - 1
    shift = rotated & (size - 1)
    bits = (bits >> shift | bits << (size - shift)) & ((1 << size) - 1)
    return sum(bits << at for at in range(0, 32, size)) & 0xFFFFFFFF
