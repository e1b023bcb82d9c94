"""The kind of phone that a place names: the one spot where Android and iOS part."""

from __future__ import annotations

from pocketseg.devices.phone import Kind
from pocketseg.devices.places import KINDS, Place


def kind_of(place: Place) -> Kind:
    """Return what reaches the phones of a place."""
    if place.kind == "ios":
        from pocketseg.devices.ios import iphones

        return iphones(place.app)
    from pocketseg.devices.android import Androids

    return Androids()


def every_kind(app: str | None) -> list[Kind]:
    """Return all kinds there are. app: the iOS app's bundle id; None: its own."""
    return [kind_of(Place(kind=name, serial=None, app=app if name == "ios" else None)) for name in KINDS]
