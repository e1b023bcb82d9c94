"""The kinds of phone: the only place where Android and iOS are told apart."""

from __future__ import annotations

from pocketseg.devices.phone import Kind
from pocketseg.devices.places import KINDS, Place


def kind_of(place: Place) -> Kind:
    """Return the kind of phone that a `Place` names."""
    if place.kind == "ios":
        from pocketseg.devices.ios import iphones

        return iphones(place.app)
    from pocketseg.devices.android import Androids

    return Androids()


def every_kind(app: str | None) -> list[Kind]:
    """Return all kinds. app: the iOS app's bundle id; None: the default one."""
    return [kind_of(Place(kind=name, serial=None, app=app if name == "ios" else None)) for name in KINDS]
