"""Compares stand-ins with published declarations, one by one: what each claims to be must exist, and be like it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripts.ios.declarations import Member, Module
from scripts.ios.selectors import Selectors
from scripts.ios.spelling import ends_as, fits, names_fit, property_fits, same_type, takes_nil
from scripts.ios.stand_ins import StandIn

_METHOD = re.compile(r"([+-])\[(\w+) ([\w:]+)\]( renamed)?$")
_PROPERTY = re.compile(r"@property (\w+)\.(\w+)$")
_TYPE = re.compile(r"@(class|protocol) (\w+)$")
_ENUM = re.compile(r"@enum (\w+)(?:\.(\w+))?( renamed)?$")
_C = re.compile(r"(fn|var|struct|field|macro) ([\w.]+)( renamed)?$")
_PAGE = re.compile(
    r"https://(developer\.apple\.com/(documentation/[a-z0-9_./()\[\]:~-]+|library/archive/[\w./-]+)|docs\.pytorch\.org/executorch/[\w./-]+)$"
)
# What the stand-ins themselves need: bodies that never run, and views made of nothing.
OURS = ("stub", "StandIn", "ConditionalContent")
_ERROR = "interop.Reference<NSError>"


@dataclass(slots=True)
class Tally:
    """How many were compared with what."""

    declared: int = 0
    exact: int = 0
    pages: int = 0


def faults(
    stand_ins: Sequence[StandIn], modules: Mapping[str, Module], selectors: Selectors | None, tally: Tally
) -> list[str]:
    """Return what is wrong, a line each."""
    found = []
    for each in stand_ins:
        reason = _fault(each, modules.get(each.module, Module()), selectors, tally)
        if reason:
            found.append(f"{each.place}: {each.owner + '.' if each.owner else ''}{each.name}: {reason}")
    return found


def _fault(each: StandIn, module: Module, selectors: Selectors | None, tally: Tally) -> str:
    if each.way == "doc":
        tally.pages += 1
        return "" if _PAGE.match(each.anchor) else f"no page of documentation: {each.anchor}"
    if each.way == "harness":
        return "" if each.name in OURS else "it is none of our own"
    if not each.way:
        return "it says neither a selector nor a page"
    tally.declared += 1
    if each.way == "c":
        return _c_fault(each, module)
    for pattern, check in ((_PROPERTY, _property_fault), (_TYPE, _type_fault), (_ENUM, _enum_fault)):
        if match := pattern.match(each.anchor):
            reason = check(each, match, module)
            if not reason and pattern is _PROPERTY and selectors:
                reason = _inexact_property(match, selectors, tally)
            return reason
    if match := _METHOD.match(each.anchor):
        return _method_fault(each, match, module) or _inexact(match, selectors, tally)
    return f"it cannot be read: {each.anchor}"


def _type_fault(each: StandIn, match: re.Match[str], module: Module) -> str:
    if match[2] not in module.types:
        return f"no {match[1]} {match[2]} is declared in {each.module}"
    if (match[1] == "protocol") != (each.kind == "protocol"):
        return f"it stands for a {match[1]} and is a {each.kind}"
    return "" if same_type(each.name, each.owner, match[2]) else f"its name is not {match[2]}'s"


def _enum_fault(each: StandIn, match: re.Match[str], module: Module) -> str:
    name, case, renamed = match.groups()
    if name not in module.enums:
        return f"no enum {name} is declared in {each.module}"
    if case is None:
        return "" if same_type(each.name, each.owner, name) else f"its name is not {name}'s"
    if case not in module.enums[name]:
        return f"{name} has no case {case}"
    if not same_type(each.owner, "", name):
        return f"it lies in {each.owner}, not in {name}"
    if not renamed and not ends_as(each.name, case):
        return f"its name is not {case}'s"
    said = re.search(r"(?:rawValue: )?(0x[0-9a-fA-F]+|-?\d+)\)?$", each.value)
    if said is None:
        return "it says no value"
    declared = module.enums[name][case]
    return "" if int(said[1], 0) == declared else f"its value is {declared}, not {said[1]}"


def _property_fault(each: StandIn, match: re.Match[str], module: Module) -> str:
    owner, name = match.groups()
    found = [member for member in module.types.get(owner, []) if member.name == name and member.parameters is None]
    if not found:
        return f"{owner} declares no property {name}"
    member = found[0]
    if not same_type(each.owner, "", owner):
        return f"it lies in {each.owner}, not in {owner}"
    if each.kind not in ("var", "let") or not property_fits(each.name, name):
        return f"its name is not {name}'s"
    if each.is_static != member.is_static:
        return f"{name} is {'' if member.is_static else 'not '}the class's own"
    if member.is_readonly and not each.value.startswith("{") and each.kind == "var":
        return f"{name} cannot be set"
    inferred = "Bool" if each.value in ("true", "false") else each.value.removesuffix("()")
    kind = each.result or inferred
    return "" if fits(kind, member.result, each.owner) else f"it is of {member.result}, not of {kind}"


def _method_fault(each: StandIn, match: re.Match[str], module: Module) -> str:
    sign, owner, selector, renamed = match.groups()
    pieces = selector.split(":")[:-1] if ":" in selector else [selector]
    name = pieces[0] + "".join(piece[:1].upper() + piece[1:] for piece in pieces[1:])
    count = selector.count(":")
    members = [each for each in module.types.get(owner, []) if each.name == name and each.parameters is not None]
    found = [m for m in members if m.is_static == (sign == "+") and len(m.parameters or ()) == count]
    if not found:
        return f"{owner} declares no {sign}{selector}"
    if not same_type(each.owner, "", owner):
        return f"it lies in {each.owner}, not in {owner}"
    if each.kind not in ("func", "init") or (each.kind == "func" and each.is_static != (sign == "+")):
        return f"{selector} is a method of {'the class' if sign == '+' else 'an object'}"
    if each.kind == "init" and sign == "-" and not selector.startswith("init"):
        return f"{selector} makes no object"
    return _call_fault(each, found[0], pieces, bool(renamed))


def _call_fault(each: StandIn, member: Member, pieces: list[str], is_renamed: bool) -> str:
    """Compare parameters, errors, results, and asynchronous calls."""
    declared, result = list(member.parameters or ()), member.result
    throws, waits = bool(declared) and declared[-1] == _ERROR, False
    if throws:
        declared, pieces = declared[:-1], pieces[:-1]
        result = result.removesuffix(" | null")
    elif each.waits and declared and "=> void" in declared[-1]:
        answers = re.findall(r"p\d: ([^,)]+)", declared[-1])
        throws, waits = any("NSError" in answer for answer in answers), True
        result = answers[0].removesuffix(" | null") if answers and "NSError" not in answers[0] else "void"
        declared, pieces = declared[:-1], pieces[:-1]
    if each.waits != waits:
        return "it has no handler to wait for" if each.waits else "it waits"
    if each.throws != throws:
        return "it gives an error" if throws else "it gives no error"
    if len(each.types) != len(declared):
        return f"it takes {len(declared)}, not {len(each.types)}"
    labels = each.labels
    if not is_renamed and not names_fit(each.name, labels, ":".join([*pieces, ""]) if declared else pieces[0]):
        return f"its name and labels are not those of {':'.join(pieces)}"
    for given, wanted in zip(each.types, declared, strict=True):
        if not fits(given, wanted, each.owner):
            return f"it takes {wanted}, not {given}"
    if each.kind == "init":
        return "" if each.failable == takes_nil(result) or "| null" not in result else "it may give nil"
    given = each.result or "void"
    return "" if result == given == "void" or fits(given, result, each.owner) else f"it gives {result}, not {given}"


def _c_fault(each: StandIn, module: Module) -> str:
    match = _C.match(each.anchor)
    if not match:
        return f"it cannot be read: {each.anchor}"
    kind, name, renamed = match.groups()
    if kind == "var":
        if name not in module.variables:
            return f"no variable {name} is declared in {each.module}"
        fine = each.name == name if not each.owner else bool(renamed) or ends_as(each.name, name)
        return "" if fine else f"its name is not {name}'s"
    if kind == "struct":
        return "" if name in module.types and each.name == name else f"no struct {name} is declared in {each.module}"
    if kind == "macro":  # of a case of an enum of C
        owner, _, part = name.partition(".")
        return "" if part in module.enums.get(owner, {}) and part == f"_{each.name}" else f"{owner} has no {part}"
    if kind == "field":
        owner, _, part = name.partition(".")
        known = {member.name for member in module.types.get(owner, []) if member.parameters is None}
        return "" if part in known and each.owner == owner and each.name == part else f"{owner} has no {part}"
    return _function_fault(each, name, module, bool(renamed))


def _names_function(each: StandIn, name: str, parameters: tuple[str, ...]) -> bool:
    if not each.owner:
        return each.name == name
    if each.kind == "init":
        return each.labels == parameters
    return ends_as(each.name, name) if each.kind == "var" else each.name.casefold() in name.casefold()


def _function_fault(each: StandIn, name: str, module: Module, is_renamed: bool) -> str:
    if name not in module.functions:
        return f"no function {name} is declared in {each.module}"
    declared = module.functions[name]
    parameters, result = declared.types, declared.result
    own = 0 if each.kind == "init" or not each.owner else 1  # a member takes its object first
    count = (
        len(each.types) if each.kind in ("func", "init") else int(each.value != "" and not each.value.startswith("{"))
    )
    if len(parameters) != own + count:
        return f"{name} takes {len(parameters)}, not {own + count}"
    if not is_renamed and not _names_function(each, name, declared.names):
        return f"its name is not {name}'s"
    if not each.owner:
        for given, wanted in zip(each.types, parameters, strict=True):
            if not given.endswith("!") and not fits(given, wanted):
                return f"it takes {wanted}, not {given}"
    if each.kind == "init":
        return "" if each.failable == takes_nil(result) else f"it {'may' if takes_nil(result) else 'cannot'} give nil"
    if each.kind == "func" and not (result == "void" and not each.result) and not fits(each.result or "void", result):
        return f"it gives {result}, not {each.result or 'nothing'}"
    return ""


def _inexact(match: re.Match[str], selectors: Selectors | None, tally: Tally) -> str:
    """Compare with the exact selectors of the second list: the same letters with other colons are a fault."""
    known = selectors.of(match[2]) if selectors else None
    if known is None:
        return ""
    if match[3] in known:
        tally.exact += 1
        return ""
    letters = match[3].replace(":", "").casefold()
    near = [each for each in known if each.replace(":", "").casefold() == letters]
    return f"the selector is {near[0]}" if near else ""


def _inexact_property(match: re.Match[str], selectors: Selectors, tally: Tally) -> str:
    name = match[2]
    known = selectors.of(match[1]) or frozenset()
    tally.exact += bool({name, f"is{name[:1].upper()}{name[1:]}"} & known)
    return ""
