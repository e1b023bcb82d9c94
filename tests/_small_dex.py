"""A handmade .dex file of one class: what it defines, and a method of Android's that it refers to."""

from __future__ import annotations

import struct

_HEADER_BYTES = 0x70


def dex(own: str = "dev/pocketseg/A", above: str = "java/lang/Object", called: str = "android/os/Debug") -> bytes:
    """Return a class `own` with a native method `find()` and a field `count`, that refers to `called.pause(int)`."""
    texts = sorted({f"L{own};", f"L{above};", f"L{called};", "I", "V", "VI", "count", "find", "pause"})
    types = sorted(texts.index(name) for name in (f"L{own};", f"L{above};", f"L{called};", "I", "V"))

    def kind(name: str) -> int:
        return types.index(texts.index(name))

    offset = _HEADER_BYTES
    tables = []
    for count, size in ((len(texts), 4), (len(types), 4), (2, 12), (1, 8), (2, 8), (1, 32)):
        tables.append((count, offset))
        offset += count * size
    data, strings = b"", []
    parameters = offset
    data += struct.pack("<IH2x", 1, kind("I"))
    for text in texts:
        strings.append(offset + len(data))
        data += bytes([len(text)]) + text.encode() + b"\0"
    content = offset + len(data)
    # One static field, no other, one direct method, no other; flags: static, then public native; no code.
    data += bytes([1, 0, 1, 0, 0, 0x08, methods_of_own(own, called), 0x81, 0x02, 0])
    protos = struct.pack("<3I", texts.index("V"), kind("V"), 0) + struct.pack(
        "<3I", texts.index("VI"), kind("V"), parameters
    )
    fields = struct.pack("<HHI", kind(f"L{own};"), kind("I"), texts.index("count"))
    methods = [
        (kind(f"L{own};"), struct.pack("<HHI", kind(f"L{own};"), 0, texts.index("find"))),
        (kind(f"L{called};"), struct.pack("<HHI", kind(f"L{called};"), 1, texts.index("pause"))),
    ]
    none = 0xFFFFFFFF
    classes = struct.pack("<8I", kind(f"L{own};"), 1, kind(f"L{above};"), 0, none, 0, content, 0)
    body = b"".join(
        [
            struct.pack(f"<{len(texts)}I", *strings),
            struct.pack(f"<{len(types)}I", *types),
            protos,
            fields,
            *(row for _, row in sorted(methods)),
            classes,
            data,
        ]
    )
    header = b"dex\n038\0".ljust(0x38, b"\0") + b"".join(struct.pack("<II", *table) for table in tables)
    return header.ljust(_HEADER_BYTES, b"\0") + body


def methods_of_own(own: str, called: str) -> int:
    """Return the index of `find` among the methods, which are sorted by the class that has them."""
    return int(f"L{called};" < f"L{own};")
