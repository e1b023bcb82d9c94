"""Keys from imports: the hash of all code, and of all our files, that a cached result was computed with.

Whoever caches a result states where its computation starts and which plug-ins take part (`Code`). The imports of these
modules, at the top or inside functions, are read from their syntax trees (_imports.py): nobody keeps a list of sources.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pocketseg.core._imports import PACKAGES, Needs, needs_of
from pocketseg.core.cache import ROOT
from pocketseg.core.errors import UsageError

READS = ()  # the code that hashes does not decide a result


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Where the computation of a result starts, and which code takes part.

    Attributes:
        modules: dotted names; their imports take part too.
        used: for each folder below the root, the plug-ins or files of it that take part, without suffix: `{"export":
            ("tflite",)}`. A folder that is not named takes part as a whole, so a forgotten one can only cause a result
            to be computed again. A folder is named with () where none of it takes part, or where what takes part is in
            the key by its content.
        alone: modules whose own file counts and whose imports do not, because their output is in the key by its
            content.
    """

    modules: tuple[str, ...]
    used: Mapping[str, Sequence[str]] = field(default_factory=dict)
    alone: tuple[str, ...] = ()


def code_hash(code: Code, root: Path = ROOT) -> str:
    """Return the hash of the names and bytes of `files`.

    Raises ValueError as `files` does, and UsageError where a source has changed since this process first hashed it: the
    old code is what runs here, and its results would be cached as those of the new code.
    """
    digest = hashlib.sha256()
    for name in files(code, root):
        found = _seen_now(root / name).digest
        if root == ROOT and name.endswith(".py") and _first.setdefault(name, found) != found:
            raise UsageError(f"{root / name} changed while this command ran", hint="run the command again")
        digest.update(name.encode() + b"\0" + found + b"\0")
    return digest.hexdigest()


def files(code: Code, root: Path = ROOT) -> tuple[str, ...]:
    """Return the files that `code` means, sorted, as paths below `root`. Raises ValueError for a missing module."""
    tree = _tree(root)
    asked = (code.modules, tuple((folder, *names) for folder, names in sorted(code.used.items())), code.alone)
    if asked not in tree.answers:
        tree.answers[asked] = _files(tree, code)
    return tree.answers[asked]


def _files(tree: _Tree, code: Code) -> tuple[str, ...]:
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
    return tuple(sorted(path.relative_to(tree.root).as_posix() for path in found))


class _Tree:
    """The packages below a root, as they are until one of their files or folders changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.answers: dict[object, tuple[str, ...]] = {}
        self._paths: dict[str, Path | None] = {}
        self._needs: dict[str, Needs] = {}
        self._sources: dict[Path, _Seen] = {}
        self._folders: dict[Path, int] = {}  # in which modules were looked for, and when each last changed

    def is_current(self) -> bool:
        """Return whether every module is where it was found, and every source as it was parsed."""
        unchanged = all(_changed_ns(folder) == since for folder, since in self._folders.items())
        return unchanged and all(path.is_file() and _seen_now(path) is seen for path, seen in self._sources.items())

    def path(self, module: str) -> Path | None:
        """Return a module's source file, or None where there is no such module."""
        if module not in self._paths:
            stem = self.root / module.replace(".", "/")
            for folder in (stem, stem.parent):
                self._folders.setdefault(folder, _changed_ns(folder))
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
        """Yield the modules that a dotted name runs: its packages, the module, and the homes of late imports."""
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            module = ".".join(parts[:count])
            path = self.path(module)
            if path is None:
                if (self.root / module.replace(".", "/")).is_dir():
                    continue  # a package without an __init__.py
                return  # the rest is an attribute of the module before it
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
            seen = self._sources[path] = _seen_now(path)
            if seen.needs is None:
                seen.needs = needs_of(path.read_text(encoding="utf-8"), module, package=path.name == "__init__.py")
            self._needs[module] = seen.needs
        return self._needs[module]

    def plugins(self, packages: frozenset[str], code: Code) -> Iterator[str]:
        """Yield the plug-ins of packages that take part. Raises ValueError for a missing one."""
        for package in packages:
            folder = package.replace(".", "/")
            names = code.used.get(folder)
            for name in self._every_plugin(folder) if names is None else names:
                self.existing(f"{package}.{name}")
                yield f"{package}.{name}"

    def _every_plugin(self, folder: str) -> list[str]:
        self._folders.setdefault(self.root / folder, _changed_ns(self.root / folder))
        inside = [p for p in (self.root / folder).iterdir() if not p.name.startswith("_")]
        return [p.stem for p in inside if p.suffix == ".py" or (p / "__init__.py").is_file()]

    def all_modules(self) -> Iterator[str]:
        """Yield each of our modules."""
        for path in (file for package in PACKAGES for file in (self.root / package).rglob("*.py")):
            own = path.parent if path.name == "__init__.py" else path.with_suffix("")
            yield own.relative_to(self.root).as_posix().replace("/", ".")

    def beside(self, path: Path, needs: Needs, code: Code) -> Iterator[Path]:
        """Yield the files other than sources that a module opens; where it does not say which, all files beside it.

        Raises ValueError for a file that should take part and does not exist.
        """
        patterns = ("**/*",) if needs.reads is None else needs.reads
        inside = {file for pattern in patterns for file in path.parent.glob(pattern)}
        there = {file for file in inside if file.suffix not in (".py", ".pyc") and file.is_file()}
        for folder in {path.parent, *(file.parent for file in there)}:
            self._folders.setdefault(folder, _changed_ns(folder))
        for folder in {file.parent for file in there}:
            names = code.used.get(folder.relative_to(self.root).as_posix())
            files = {file for file in there if file.parent == folder}
            if absent := set(names or ()) - {file.stem for file in files}:
                raise ValueError(f"there is no {', '.join(sorted(absent))} in {folder}")
            yield from (file for file in files if names is None or file.stem in names)


_trees: dict[Path, _Tree] = {}


def _tree(root: Path) -> _Tree:
    """Return the tree of a root; it is read again only when something in it has changed."""
    tree = _trees.get(root)
    if tree is None or not tree.is_current():
        tree = _trees[root] = _Tree(root)
    return tree


def _changed_ns(folder: Path) -> int:
    """Return when a folder last got or lost an entry; 0 where there is none."""
    return folder.stat().st_mtime_ns if folder.is_dir() else 0


_first: dict[str, bytes] = {}  # hashes of our own sources, from the first time that this process asked


@dataclass(slots=True)
class _Seen:
    """A file as it was last read: its size and time, the digest of its bytes, and its needs once parsed."""

    size_bytes: int
    changed_ns: int
    digest: bytes
    needs: Needs | None = None


_seen: dict[Path, _Seen] = {}


def _seen_now(path: Path) -> _Seen:
    """Return a file as it is now; it is read again only when its size or time has changed."""
    now = path.stat()
    seen = _seen.get(path)
    if seen is None or (seen.size_bytes, seen.changed_ns) != (now.st_size, now.st_mtime_ns):
        seen = _seen[path] = _Seen(now.st_size, now.st_mtime_ns, hashlib.sha256(path.read_bytes()).digest())
    return seen
