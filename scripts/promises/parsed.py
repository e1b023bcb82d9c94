"""Commands held against what there is, without running them: options and values, make targets, modules."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click

import export
from pocketseg.cli.main import cli
from pocketseg.core.errors import PocketSegError
from pocketseg.core.types import Recipe
from scripts.promises.documents import Document, Inline, Kind, Step

OPERATORS = {";", "&&", "||", "|", "&"}
_REDIRECTIONS = {">", ">>", "<", "2>", "&>", ">&"}
# A word in capitals stands for the reader's own; `...`, `|` and brackets belong to a synopsis.
_PLACEHOLDER = re.compile(r"[A-Z][A-Z0-9_-]*(\.[a-z]+)?(,[A-Z]\w*)*|.*(\.\.\.|…|\||\[|\]).*")
_BEGINS = ("pocketseg ", "make ", "python -m scripts.")


def simple_commands(line: str) -> list[list[str]]:
    """Return the words of each command of a shell line, without redirections. Raises ValueError on an open quote."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    commands: list[list[str]] = [[]]
    skip = False
    for word in lexer:
        if skip:
            skip = False
        elif word in OPERATORS:
            commands.append([])
        elif word in _REDIRECTIONS:
            skip = True
        else:
            commands[-1].append(word)
    return [words for words in commands if words]


def checked(inline: Inline) -> bool:
    """Say whether code within a sentence is a command."""
    words = inline.text.split()
    begins = inline.text.startswith(_BEGINS)
    return begins and len(words) > 1 and (words[0] != "make" or bool(re.fullmatch(r"[a-z0-9-]+", words[1])))


def faults(document: Document, root: Path) -> list[str]:
    """Return what is wrong with a page's commands, `PAGE:LINE: COMMAND: why` each."""
    found = []
    for step in document.steps:
        if step.kind is Kind.SHELL:
            found += [(step.line, step.text, why) for why in of_step(step, root)]
        elif step.kind is Kind.PYTHON:
            try:
                compile(step.text, document.name, "exec")
            except SyntaxError as error:
                found.append((step.line, step.text.splitlines()[0], str(error)))
    for inline in filter(checked, document.inline):
        try:
            words = shlex.split(inline.text)
        except ValueError as error:
            found.append((inline.line, inline.text, str(error)))
            continue
        if words[-1].startswith("--"):
            words = [*words, "VALUE"] if of_words(words, root, whole=False) else words  # an option is named, no more
        found += [(inline.line, inline.text, why) for why in of_words(words, root, whole=False)]
    return [f"{document.name}:{line}: {text}: {why}" for line, text, why in found]


def of_step(step: Step, root: Path) -> list[str]:
    """Return what is wrong with a line of a fenced block."""
    try:
        commands = simple_commands(step.text)
    except ValueError as error:
        return [str(error)]
    return [why for words in commands for why in of_words(words, root, whole=True)]


def of_words(words: list[str], root: Path, *, whole: bool) -> list[str]:
    """Return what is wrong with a command's words; `whole`: what it requires must be there, too."""
    if words[0] == "pocketseg":
        return _of_pocketseg(words[1:], whole)
    if words[0] == "make":
        targets = re.findall(r"^([a-z0-9-]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        named = [word for word in words[1:] if "=" not in word and not word.startswith("-")]
        return [f"the Makefile has no target {name}" for name in named if name not in targets]
    if words[:2] == ["python", "-m"] and len(words) > 2 and words[2].startswith("scripts."):
        place = root / words[2].replace(".", "/")
        there = place.with_suffix(".py").is_file() or (place / "__main__.py").is_file()
        return [] if there else [f"there is no module {words[2]}"]
    return []


def _of_pocketseg(words: list[str], whole: bool) -> list[str]:
    command: click.Command = cli
    context = click.Context(cli, info_name="pocketseg")
    try:
        while True:
            if not whole and words in ([], ["..."]):
                return []
            as_read = ["--adb=" if word == "--adb" else word for word in words]  # as `serve` reads it: without a value
            options, words, _ = command.make_parser(context).parse_args(as_read)
            if not isinstance(command, click.Group):
                break
            if not words:
                alone = command.invoke_without_command or options.get("help") or options.get("version")
                return [] if alone else ["names no command"]
            if not whole and _PLACEHOLDER.fullmatch(words[0]):
                return []
            _, found, words = command.resolve_command(context, list(words))
            if found is None:
                return ["names no command"]
            command, context = found, click.Context(found, info_name=found.name, parent=context)
    except PocketSegError as error:
        return [error.message]
    except click.UsageError as error:
        return [error.format_message()]
    wrong = [why for p in command.params for why in _of_values(command.name or "", p, options.get(p.name or ""))]
    if words:
        wrong.append(f"takes no further {' '.join(words)}")
    if whole and not options.get("help"):
        wrong += [_lacks(p) for p in command.params if p.required and options.get(p.name or "") in (None, (), [])]
    return wrong


def _lacks(parameter: click.Parameter) -> str:
    name = parameter.opts[0] if isinstance(parameter, click.Option) else (parameter.metavar or parameter.name or "")
    return f"lacks {name}"


def _of_values(command: str, parameter: click.Parameter, given: Any) -> list[str]:
    values = given if isinstance(given, list | tuple) else [given]
    found = []
    for value in values:
        if not isinstance(value, str) or _PLACEHOLDER.fullmatch(value):
            continue
        try:
            if isinstance(parameter.type, click.Choice | click.IntRange | click.FloatRange):
                parameter.type(value, parameter)
            found += _unknown(f"{command} {parameter.name}", value)
        except click.UsageError as error:
            found.append(error.format_message())
        except PocketSegError as error:
            found.append(error.message)
    return found


def _unknown(option: str, value: str) -> list[str]:
    """Return what is wrong with targets and recipes, which click takes as text. Raises PocketSegError."""
    name = option.split()[1]
    if name in ("target", "targets"):
        known = export.targets()
        return [f"there is no target {each}" for each in value.split(",") if each not in known]
    if name == "recipes" or option in ("export precision", "export recipe", "compress recipe"):
        for recipe in value.split(","):
            Recipe.parse(recipe)
    return []
