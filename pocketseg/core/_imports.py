"""What one of our source files needs, read from its syntax tree: modules, plug-ins by name, files beside it.

In doubt a name counts as used. What the syntax tree cannot show, the file states in module-level literals:

    IMPORTS = ("benchmark.runtimes",)    packages whose plug-ins it imports by a name that is made at run time
    READS = ("recipes/*.toml",)          files that it finds by `__file__` or ROOT, as patterns from its own folder
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

PACKAGES = ("benchmark", "compress", "export", "models", "pocketseg")
_DYNAMIC = frozenset(
    {"import_module", "__import__", "run_module", "run_path", "spec_from_file_location", "exec_module", "load_module"}
)
_PLACES = frozenset({"__file__", "__path__", "__spec__", "ROOT"})  # names from which a module finds our files
_BESIDE = ("importlib.resources", "pkgutil")  # other ways to reach the files beside a module
_DOTTED = re.compile(rf"({'|'.join(PACKAGES)})(\.[A-Za-z_][A-Za-z0-9_]*)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What one source file needs.

    Attributes:
        names: dotted names of our modules, or of what they hold; `models.*` where any name of it may be used.
        lazy: for a package that uses `late`, the module that each public name comes from.
        plugins: packages whose plug-ins it imports by name; None where the file does not say which.
        reads: patterns as in READS; None where the file should state them and does not.
    """

    names: frozenset[str] = frozenset()
    lazy: Mapping[str, str] = field(default_factory=dict)
    plugins: frozenset[str] | None = frozenset()
    reads: tuple[str, ...] | None = ()


def needs_of(text: str, module: str, *, package: bool) -> Needs:
    """Return what a source file needs.

    Args:
        text: the source.
        module: its dotted name.
        package: whether it is an `__init__.py`.
    """
    tree = ast.parse(text)
    found = _Found(module if package else module.rpartition(".")[0])
    lazy, where = _lazy(tree)
    for node in tree.body:
        if node is not where:
            found.visit(node)
    plugins: frozenset[str] | None = frozenset(found.plugins)
    if found.unknown:
        declared = _literal(tree, "IMPORTS")
        plugins = None if declared is None else frozenset({*found.plugins, *declared})
    reads = _literal(tree, "READS")
    return Needs(
        names=frozenset(found.names()),
        lazy=lazy,
        plugins=plugins,
        reads=tuple(reads) if reads is not None else None if found.beside else (),
    )


class _Found(ast.NodeVisitor):
    """Collects imports, uses of imported names, and imports by a name that is made at run time."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.imported: set[str] = set()
        self.bound: dict[str, set[str]] = {}  # each name of the file, and what it may stand for
        self.uses: set[tuple[str, str]] = set()  # each name of the file, and the attribute that follows it
        self.plugins: set[str] = set()
        self.unknown = False
        self.beside = False

    def names(self) -> Iterator[str]:
        """Yield our dotted names: imported directly, or reached through an import."""
        yield from self.imported
        for name, rest in self.uses:
            for stands_for in self.bound.get(name, ()):
                yield f"{stands_for}.{rest}"

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):  # never runs
            for other in node.orelse:
                self.visit(other)
        else:
            self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.beside |= alias.name.startswith(_BESIDE)
            if alias.name.split(".")[0] in PACKAGES:
                self.imported.add(alias.name)
                first = alias.name.split(".")[0]
                self.bound.setdefault(alias.asname or first, set()).add(alias.name if alias.asname else first)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        source = node.module or ""
        if node.level:
            parts = self.package.split(".")
            parents = parts[: len(parts) - node.level + 1]
            source = ".".join([*parents, *([node.module] if node.module else [])])
        for alias in node.names:
            name = f"{source}.{alias.name}"
            self.beside |= name.startswith(_BESIDE)
            self.unknown |= alias.name in _DYNAMIC and alias.asname is not None
            if name.split(".")[0] in PACKAGES:
                self.imported.add(name)
                self.bound.setdefault(alias.asname or alias.name, set()).add(name)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        parts, inner = [node.attr], node.value
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        self._mentioned(parts)
        if isinstance(inner, ast.Name):
            self.uses.add((inner.id, ".".join(reversed(parts))))
        else:
            self.visit(inner)

    def visit_Name(self, node: ast.Name) -> None:
        self._mentioned([node.id])
        self.uses.add((node.id, "*"))  # passed on whole: anything in it may be used

    def _mentioned(self, names: Sequence[str]) -> None:
        self.beside |= not _PLACES.isdisjoint(names)
        self.unknown |= not _DYNAMIC.isdisjoint(names)  # not called here, but possibly elsewhere

    def visit_Constant(self, node: ast.Constant) -> None:
        # an argument of `python -m`, or of an import by name
        if isinstance(node.value, str) and _DOTTED.fullmatch(node.value):
            self.imported.add(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        if plugins_of := _prefix(node):
            self.plugins.add(plugins_of)
        self.generic_visit(node)

    def visit_List(self, node: ast.List) -> None:
        for option, module in itertools.pairwise(node.elts):
            if isinstance(option, ast.Constant) and option.value == "-m":  # of a command
                self._imported_by(module, "__main__")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if function not in _DYNAMIC:
            self.generic_visit(node)
            return
        self._imported_by(node.args[0] if node.args else None)
        for value in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.visit(value)

    def _imported_by(self, name: ast.expr | None, inside: str = "*") -> None:
        """Record an import whose name is a value: a constant, an f-string that begins with a package, or unknown."""
        if isinstance(name, ast.Constant) and isinstance(name.value, str) and not name.value.startswith("."):
            if name.value.split(".")[0] in PACKAGES:
                self.imported.add(f"{name.value}.{inside}")
        # an f-string with a prefix is handled by visit_JoinedStr
        elif not (isinstance(name, ast.JoinedStr) and _prefix(name)):
            self.unknown = True


def _prefix(text: ast.JoinedStr) -> str:
    """Return the package in f"package.{name}", or an empty text for any other f-string."""
    first = text.values[0] if len(text.values) == 2 else None
    value = first.value if isinstance(first, ast.Constant) else ""
    package = value.removesuffix(".") if isinstance(value, str) and value.endswith(".") else ""
    return package if package in PACKAGES or _DOTTED.fullmatch(package) else ""


def _lazy(tree: ast.Module) -> tuple[dict[str, str], ast.stmt | None]:
    """Return the table of `__getattr__ = late(__name__, TABLE)` and the statement that holds it."""
    for node in tree.body:
        if _assigned(node) == "__getattr__" and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            table = node.value.args[1]
            assert isinstance(table, ast.Name), "late() takes the name of a literal"
            where = next(n for n in tree.body if _assigned(n) == table.id)
            assert isinstance(where, ast.Assign)
            return ast.literal_eval(where.value), where
    return {}, None


def _literal(tree: ast.Module, name: str) -> tuple[str, ...] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and _assigned(node) == name:
            return tuple(ast.literal_eval(node.value))
    return None


def _assigned(node: ast.stmt) -> str:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return ""
