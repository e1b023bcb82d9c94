"""A start-up check that the packages with general names are pocketseg's own, from the folder that pocketseg lies in."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

from pocketseg.core.errors import PocketSegError
from pocketseg.core.installation import in_checkout, repair

GENERAL_NAMES = ("models", "compress", "export", "benchmark")
_ROOT = Path(__file__).resolve().parent.parent
READS = ()


def check_imports(root: Path = _ROOT) -> None:
    """Raise PocketSegError unless each of GENERAL_NAMES would be imported from `root`; imports none of them."""
    for name in GENERAL_NAMES:
        found = _location(name)
        if found is None:
            start = "Run `make setup` in the checkout, and start pocketseg as .venv/bin/pocketseg."
            raise PocketSegError(
                f"{name!r} cannot be imported: it should be {root / name}",
                hint=start if in_checkout() else repair(),
            )
        if found != root / name:
            raise PocketSegError(
                f"{name!r} resolves to {found}, not to pocketseg's own ({root / name})",
                hint="Another package of that name comes first. " + _way_out(),
            )


def _way_out() -> str:
    if in_checkout():
        return (
            "Start pocketseg as .venv/bin/pocketseg, without PYTHONPATH; if something installed that package into"
            " .venv, remove .venv and run `make setup`."
        )
    return "Start pocketseg without PYTHONPATH, from an environment that does not hold that package."


def _location(name: str) -> Path | None:
    """Return the folder or file that `import name` would read, or None."""
    try:
        spec: ModuleSpec | None = find_spec(name)
    except ValueError:  # already imported, by something that left no spec
        file = getattr(sys.modules[name], "__file__", None)
        return _package_folder(file) if file else None
    if spec is None:
        return None
    folders = list(spec.submodule_search_locations or ())
    if spec.has_location and spec.origin:
        return _package_folder(spec.origin)
    return Path(folders[0]).resolve() if folders else Path(spec.origin or name)


def _package_folder(file: str) -> Path:
    """Return a package's folder from its __init__.py; any other module is its own file."""
    path = Path(file).resolve()
    return path.parent if path.stem == "__init__" else path
