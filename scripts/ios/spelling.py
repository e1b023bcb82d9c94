"""How Swift imports what Objective-C declares: names with words dropped, types, and nullability."""

from __future__ import annotations

import re

from scripts.ios.declarations import parameter_types, split

_SIZES = ("", "8", "16", "32", "64")
_WHOLE = frozenset(f"{kind}{size}" for kind in ("Int", "UInt") for size in _SIZES)
_C_NUMBERS = frozenset(("OSType", "CVReturn", "mach_port_t", "task_flavor_t", "kern_return_t"))
_NUMBERS = _WHOLE | _C_NUMBERS | {"Float", "Double", "CGFloat", "NSNumber", "TimeInterval"}
_TEXTS = frozenset(("String", "CFString", "UnsafePointer<CChar>"))
_BRIDGED = {"NSURL": ("URL", "CFURL"), "NSData": ("Data", "CFData"), "NSDate": ("Date",), "NSError": ("Error",)}


def plain(name: str) -> str:
    """Return a type's name without what Swift changes: dots of nested types, Foundation's prefix."""
    return re.sub(r"^NS(?=[A-Z])", "", name.replace(".", "")).casefold()


def same_type(swift: str, owner: str, declared: str) -> bool:
    """Return whether a type's Swift name, with the type it is nested in, is that of the declared one."""
    return plain(f"{owner}.{swift}" if owner else swift) == plain(declared)


def takes_nil(declared: str) -> bool:
    """Return whether a declared type allows nil."""
    return "null" in (part.strip() for part in declared.split("|"))


def fits(swift: str, declared: str, nested_in: str = "") -> bool:
    """Return whether a Swift type matches a declared one, and allows nil where that does. `!` leaves nil open."""
    optional = swift.endswith(("?", "!"))
    if not swift.endswith("!") and takes_nil(declared) != optional:
        return False
    base = swift.rstrip("?!").strip()
    if optional and base.startswith("(") and base.endswith(")"):
        base = base[1:-1]
    base = base.removeprefix("@escaping ").removeprefix("any ").strip()
    choices = [part.strip() for part in _alternatives(declared) if part.strip() != "null"]
    return any(_is(base, choice, nested_in) for choice in choices)


def _alternatives(declared: str) -> list[str]:
    """Split at bars that are not inside any bracket."""
    parts, depth, begin = [], 0, 0
    for place, letter in enumerate(declared):
        if letter in "([{<":
            depth += 1
        elif letter in ")]}" or (letter == ">" and declared[place - 1] != "="):
            depth -= 1
        elif letter == "|" and depth == 0:
            parts.append(declared[begin:place])
            begin = place + 1
    return [*parts, declared[begin:]]


def _is(base: str, declared: str, nested_in: str) -> bool:
    if declared == "any":
        return True
    if declared == "number":
        return base in _NUMBERS
    if declared == "boolean":
        return base == "Bool"
    if declared == "string":
        return base in _TEXTS or (base[:1].isupper() and base not in {*_NUMBERS, "Bool", "Never"})  # a typed name
    if declared in _BRIDGED:
        return base in _BRIDGED[declared]
    if declared.startswith("NSDictionary<"):
        return base == "CFDictionary" or (base.startswith("[") and _generics(base, declared, nested_in))
    if declared.startswith(("NSArray<", "NSSet<")):
        return base.startswith("[") and ":" not in base and _generics(base, declared, nested_in)
    if declared.startswith("interop."):
        return base.startswith(("Unsafe", "inout "))
    if "=> void" in declared:
        given = re.match(r"(?:@\w+ )*\((.*)\) -> Void$", base)
        wanted = parameter_types(declared[declared.index("(") + 1 : declared.rindex(")")])
        return given is not None and _all_fit(split(given[1]), list(wanted), nested_in)
    if "OS_dispatch_queue" in declared:
        return base == "DispatchQueue"
    if declared in ("this", "void"):
        return base in ("Self", "Void", "()", "")
    return plain(base) == plain(declared) or (nested_in != "" and plain(f"{nested_in}.{base}") == plain(declared))


def _generics(base: str, declared: str, nested_in: str) -> bool:
    inner = split(declared[declared.index("<") + 1 : declared.rindex(">")])
    return _all_fit([part.strip() for part in base[1:-1].split(":")], inner, nested_in)


def _all_fit(given: list[str], declared: list[str], nested_in: str) -> bool:
    return len(declared) == len(given) and all(
        fits(one, other, nested_in) or other == "any" for one, other in zip(given, declared, strict=True)
    )


def names_fit(name: str, labels: tuple[str, ...], selector: str) -> bool:
    """Return whether a function's name and labels follow from a selector's words: Swift drops words, and adds none."""
    pieces = [piece for piece in selector.split(":") if piece]
    own = [label for label in labels if label != "_"]
    if name == "init":
        first = labels[0] if labels else ""
        head = pieces[0].casefold()
        fits_first = first in ("", "_") or head.endswith(f"with{first}".casefold()) or head.endswith(first.casefold())
        return fits_first and _labels_fit(labels[1:], pieces[1:])
    head = pieces[0].casefold()
    if not head.startswith(name.casefold()):
        return False
    rest = head[len(name) :]
    first = labels[0].casefold() if labels else "_"
    if first != "_" and not (rest.startswith(first) or rest.endswith(first)):
        return False
    return len(own) <= len(pieces) and _labels_fit(labels[1:], pieces[1:])


def _labels_fit(labels: tuple[str, ...], pieces: list[str]) -> bool:
    return len(labels) == len(pieces) and all(
        label == "_" or piece == label or piece.casefold().startswith(label.casefold()) or
        piece.casefold().endswith(label.casefold())
        for label, piece in zip(labels, pieces, strict=True)
    )  # fmt: skip


def ends_as(swift: str, declared: str) -> bool:
    """Return whether a member's name is the end of a constant's."""
    name = swift.casefold()
    return any(text.casefold().endswith(name) for text in (declared, f"{declared}Notification"))


def property_fits(swift: str, declared: str) -> bool:
    """Return whether a property's Swift name is the declared one, with `is` before it or words dropped at its end."""
    if swift == declared or swift.casefold() == f"is{declared}".casefold():
        return True
    return len(swift) >= 4 and declared.startswith(swift) and declared[len(swift)].isupper()
