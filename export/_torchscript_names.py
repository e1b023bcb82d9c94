"""TorchScript's names of classes, numbered as in a process that writes nothing else.

A class whose name is taken gets a number, `___torch_mangle_12`, from a counter of the process that never goes back, and
a file holds these names. So that a file has the same bytes whatever its process wrote before, all names are freed
before a network is traced, and the numbers in its file are counted from there.
"""

from __future__ import annotations

import io
import pickletools
import re
import struct
from typing import Any

import torch

_NUMBERED = re.compile(rb"___torch_mangle_(\d+)")
_PICKLE = ".pkl"


def free_names() -> int:
    """Forget every class of TorchScript in this process, and return the number that the next taken name will get.

    Networks that are traced or scripted already must not be used any more.
    """
    torch._C._jit_clear_class_registry()
    torch.jit._recursive.concrete_type_store = torch.jit._recursive.ConcreteTypeStore()
    torch.jit._state._clear_class_state()
    module: Any = torch._C.ScriptModule
    for _ in range(2):  # the second has a name that is taken
        taken = module("__torch__.Taken", torch.jit._state._python_cu, True)
    found = _NUMBERED.search(taken._type().qualified_name().encode())
    assert found is not None
    return int(found[1]) + 1


def renumbered(name: str, record: bytes, start: int) -> tuple[str, bytes]:
    """Return the name and content of a record of a file, with numbers counted from `start`, as free_names gave it."""
    new = _counted(name.encode(), start).decode()
    if not name.endswith(_PICKLE):
        return new, _counted(record, start)
    parts = io.BytesIO()
    operations = list(pickletools.genops(record))
    places = [place or 0 for *_, place in operations]
    for (operation, value, _), place, end in zip(operations, places, [*places[1:], len(record)], strict=True):
        part = record[place:end]
        if operation.name == "BINUNICODE":  # its length comes before the text
            text = _counted(str(value).encode(), start)
            part = part[:1] + struct.pack("<I", len(text)) + text
        elif operation.name == "GLOBAL":
            part = _counted(part, start)
        parts.write(part)
    return new, parts.getvalue()


def _counted(text: bytes, start: int) -> bytes:
    return _NUMBERED.sub(lambda found: b"___torch_mangle_%d" % (int(found[1]) - start), text)
