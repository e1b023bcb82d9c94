"""Lists all phones connected to this host: of every kind for which it has a program, or of one kind."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pocketseg.core.errors import DeviceError
from pocketseg.core.record import printable
from pocketseg.devices.kinds import every_kind, kind_of
from pocketseg.devices.phone import Listed, NoWayError
from pocketseg.devices.places import Place, app_id, with_app


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The phones; what went wrong with a kind of them; what to do for kinds of which none is connected."""

    phones: list[Listed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    none_seen: list[str] = field(default_factory=list)


def listed(where: Place | None, app: str | None) -> Found:
    """Return phones. Raises DeviceError where no kind can be listed, or the named phone is not there.

    A kind for which this host has no program is skipped, unless it was named or is the only one.
    """
    if where is not None:
        kind = kind_of(with_app(where, app))
        there = kind.listed()
        phones = [phone for phone in there if where.serial in (None, phone.serial)]
        if where.serial is not None and not phones:
            others = ", ".join(phone.serial for phone in there)
            seen = f"{where} is not among those that are seen: {others}" if there else f"{where} is not seen"
            raise DeviceError(printable(seen), hint="" if there else kind.none_seen)
        return Found(phones=phones, none_seen=[kind.none_seen])
    found, failed = Found(), list[DeviceError]()
    for kind in every_kind(None if app is None else app_id(app)):
        try:
            found.phones.extend(kind.listed())
            found.none_seen.append(kind.none_seen)
        except DeviceError as error:
            failed.append(error)
    if not found.none_seen:
        raise failed[0]
    notes = [error.message for error in failed if not isinstance(error, NoWayError)]
    ways = [f"{error.message}; {error.hint}" for error in failed if isinstance(error, NoWayError)]
    return replace(found, notes=notes, none_seen=found.none_seen + ways)
