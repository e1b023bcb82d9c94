"""Keys from imports: the hash of all code, and of all files of ours, that a kept result was computed with.

Whoever keeps a result says where its computing starts and which plug-ins take part (`Code`). What these import, at the
top or inside functions, is read from their syntax trees (_imports.py), so no list of sources is kept by hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pocketseg.core._imports import PACKAGES, Needs, needs_of
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import UsageError

READS = ()  # what is hashed is not what decides a result


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Where the computing of a result starts, and what of it takes part.

    modules: dotted names; what they import belongs to them. used: by a folder below the root, the plug-ins or files of
    it that take part, without suffix: `{"export": ("tflite",)}`. A folder that is not named takes part whole, so one
    that is forgotten can only make a result again; one of which nothing takes part, or what takes part is in the key by
    its content, is named with (). alone: modules whose own file counts and whose imports do not, as what these give is
    in the key by its content.
    """

    modules: tuple[str, ...]
    used: Mapping[str, Sequence[str]] = field(default_factory=dict)
    alone: tuple[str, ...] = ()


def code_hash(code: Code, root: Path = ROOT) -> str:
    """Return the hash of the names and bytes of `files`.

    Raises ValueError as it does, and UsageError where a source has changed since this process hashed it first: what
    runs here was imported before, so its results would be kept as those of the new code.
    """
    digest = hashlib.sha256()
    for name in files(code, root):
        found = _seen_now(root / name).digest
        if root == ROOT and name.endswith(".py") and _first.setdefault(name, found) != found:
            raise UsageError(f"{root / name} changed while this command ran", hint="give the same command again")
        digest.update(name.encode() + b"\0" + found + b"\0")
    return digest.hexdigest()


def files(code: Code, root: Path = ROOT) -> tuple[str, ...]:
    """List the files that `code` means, sorted, as paths below `root`. Raises ValueError for a module that is not."""
    tree = _Tree(root)
    found = {tree.existing(module) for module in code.alone}
    for module in code.modules:
        tree.existing(module)
    waiting, names, modules = [*code.modules], set[str](), set[str]()
    while waiting:
        if (name := waiting.pop()) in names:
            continue
        names.add(name)
        for module in tree.run_by(name):
            if module in modules:
                continue
            modules.add(module)
            path = tree.existing(module)
            needs = tree.needs(module)
            found.add(path)
            found.update(tree.beside(path, needs, code))
            waiting += needs.names
            waiting += tree.all_modules() if needs.plugins is None else tree.plugins(needs.plugins, code)
    return tuple(sorted(path.relative_to(root).as_posix() for path in found))


class _Tree:
    """The packages below a root, as they are while one answer is found."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._paths: dict[str, Path | None] = {}
        self._needs: dict[str, Needs] = {}

    def path(self, module: str) -> Path | None:
        """Return a module's source file, None where there is no module of that name."""
        if module not in self._paths:
            stem = self.root / module.replace(".", "/")
            places = (stem / "__init__.py", stem.with_name(f"{stem.name}.py"))
            self._paths[module] = next((path for path in places if path.is_file()), None)
        return self._paths[module]

    def existing(self, module: str) -> Path:
        """Return a module's source file. Raises ValueError where there is none."""
        path = self.path(module)
        if path is None:
            raise ValueError(f"there is no module {module} in {self.root}")
        return path

    def run_by(self, name: str) -> Iterator[str]:
        """Yield the modules that a dotted name runs: the packages on the way, the module, and where late names live."""
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            module = ".".join(parts[:count])
            path = self.path(module)
            if path is None:
                if (self.root / module.replace(".", "/")).is_dir():
                    continue  # a package without an __init__.py
                return  # the rest is what the module before it holds
            yield module
            if count == len(parts) or path.name != "__init__.py":
                return
            if lazy := self.needs(module).lazy:
                homes = lazy.values() if parts[count] == "*" else filter(None, [lazy.get(parts[count])])
                for home in homes:
                    yield from self.run_by(home)

    def needs(self, module: str) -> Needs:
        """Return what a module needs; a source is parsed once in a process, and again when it has changed."""
        if module not in self._needs:
            path = self.existing(module)
            seen = _seen_now(path)
            if seen.needs is None:
                seen.needs = needs_of(path.read_text(encoding="utf-8"), module, package=path.name == "__init__.py")
            self._needs[module] = seen.needs
        return self._needs[module]

    def plugins(self, packages: frozenset[str], code: Code) -> Iterator[str]:
        """Yield the plug-ins of packages that take part. Raises ValueError for one that is not there."""
        for package in packages:
            folder = package.replace(".", "/")
            names = code.used.get(folder)
            for name in self._every_plugin(folder) if names is None else names:
                self.existing(f"{package}.{name}")
                yield f"{package}.{name}"

    def _every_plugin(self, folder: str) -> list[str]:
        inside = [p for p in (self.root / folder).iterdir() if not p.name.startswith("_")]
        return [p.stem for p in inside if p.suffix == ".py" or (p / "__init__.py").is_file()]

    def all_modules(self) -> Iterator[str]:
        """Yield every module of ours."""
        for path in (file for package in PACKAGES for file in (self.root / package).rglob("*.py")):
            own = path.parent if path.name == "__init__.py" else path.with_suffix("")
            yield own.relative_to(self.root).as_posix().replace("/", ".")

    def beside(self, path: Path, needs: Needs, code: Code) -> Iterator[Path]:
        """Yield the files that a module opens besides sources; where it does not say which, all that lie beside it.

        Raises ValueError for one that is said to take part and is not there.
        """
        patterns = ("**/*",) if needs.reads is None else needs.reads
        inside = {file for pattern in patterns for file in path.parent.glob(pattern)}
        there = {file for file in inside if file.suffix not in (".py", ".pyc") and file.is_file()}
        for folder in {file.parent for file in there}:
            names = code.used.get(folder.relative_to(self.root).as_posix())
            files = {file for file in there if file.parent == folder}
            if absent := set(names or ()) - {file.stem for file in files}:
                raise ValueError(f"there is no {', '.join(sorted(absent))} in {folder}")
            yield from (file for file in files if names is None or file.stem in names)


_first: dict[str, bytes] = {}  # hashes of our own sources when this process first asked


@dataclass(slots=True)
class _Seen:
    """A file as it was last read: what tells it from another, the digest of its bytes, what it needs once parsed."""

    size_bytes: int
    changed_ns: int
    digest: bytes
    needs: Needs | None = None


_seen: dict[Path, _Seen] = {}


def _seen_now(path: Path) -> _Seen:
    """Read a file, once as long as its size and time stay."""
    now = path.stat()
    seen = _seen.get(path)
    if seen is None or (seen.size_bytes, seen.changed_ns) != (now.st_size, now.st_mtime_ns):
        seen = _seen[path] = _Seen(now.st_size, now.st_mtime_ns, hashlib.sha256(path.read_bytes()).digest())
    return seen
