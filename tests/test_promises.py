"""What documents promise: their commands exist, their links lead somewhere, their figures are made from rows."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest

from scripts.promises import execute, figures, links, page, parsed, substitutions
from scripts.promises.documents import Document, Kind, parse, read, slug, tracked, with_commands

ROOT = Path(__file__).resolve().parents[1]
PAGE = """\
# A page

<a id="here"></a>

Do `pocketseg models` or `make test`, see [below](#the-2nd-step) and [code](a.py#L3).

```
pocketseg export MODEL --target tflite \\
  --out exported    # a comment
pocketseg models; pocketseg targets
```

<!-- exits 3 -->
```sh
pocketseg data check folder:PATH --set 'a=# no comment'
```

## The *2nd* `step`!

```toml
# sweep.toml
models = ["u2netp"]
```

```python
print(1)
```

```text
pocketseg nothing
```
"""


@functools.cache
def _names() -> list[str]:
    return tracked(ROOT)


def _with_commands() -> list[Document]:
    return [read(ROOT, name) for name in with_commands(_names())]


def test_a_page_is_read_from_top_to_bottom() -> None:
    document = parse("docs/a.md", PAGE)
    assert [(step.kind, step.exits, step.text.splitlines()[0]) for step in document.steps] == [
        (Kind.SHELL, (0,), "pocketseg export MODEL --target tflite --out exported"),
        (Kind.SHELL, (0,), "pocketseg models; pocketseg targets"),
        (Kind.SHELL, (3,), "pocketseg data check folder:PATH --set 'a=# no comment'"),
        (Kind.FILE, (0,), "# sweep.toml"),
        (Kind.PYTHON, (0,), "print(1)"),
    ]
    assert [step.line for step in document.steps[:2]] == [8, 10]
    assert [inline.text for inline in document.inline] == ["pocketseg models", "make test", "step"]
    assert document.anchors == {"a-page", "here", "the-2nd-step"}
    assert [link.target for link in document.links] == ["#the-2nd-step", "a.py#L3"]


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("What next?", "what-next"),
        ("U2Net or TopFormer?", "u2net-or-topformer"),
        ("`--set NAME=VALUE`, a table", "--set-namevalue-a-table"),
        ("A [link](x.md) - and a_name", "a-link---and-a_name"),
        ("Größe & Maß", "größe--maß"),
    ],
)
def test_an_anchor_is_the_one_that_github_makes(heading: str, anchor: str) -> None:
    assert slug(heading) == anchor


def test_a_repeated_heading_is_counted() -> None:
    assert parse("a.md", "# A\n\n## A\n\nB\n---\n").anchors == {"a", "a-1", "b"}


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("[a](b.md)", ""),
        ("[a](b.md#two)", ""),
        ("[a](../README.md)", ""),
        ("[a](pictures)", ""),
        ('<img src="pictures/a.png" alt="">', ""),
        ("[![a](pictures/a.png)](b.md#two)", ""),
        ("[a](https://example.com/x)", ""),
        ("`[a](nowhere.md)`", ""),
        ("[a](B.md)", "is not in the repository"),
        ("[a](b.md#three)", "docs/b.md has no such heading or anchor"),
        ("[a](#two)", "docs/a.md has no such heading or anchor"),
        ("[![a](pictures/b.png)](b.md#two)", "is not in the repository"),
        ('<source srcset="pictures/b.png 2x">', "is not in the repository"),
        ("[a]: c.md", "is not in the repository"),
        ("[a](../../x.md)", "leads out of the repository"),
        ("[a](/README.md)", "is not relative to its page"),
    ],
)
def test_a_link_leads_somewhere_or_is_named(link: str, why: str) -> None:
    documents = {
        "docs/a.md": parse("docs/a.md", f"# One\n\n{link}\n"),
        "docs/b.md": parse("docs/b.md", "# Two\n"),
        "README.md": parse("README.md", ""),
    }
    broken = links.broken(documents, [*documents, "docs/pictures/a.png"])
    assert [line.rsplit(": ", 1)[1] for line in broken] == ([why] if why else [])


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("pocketseg export u2netp --target tflite --precision w8a8 --out exported", ""),
        ("pocketseg export MODEL --target TARGET --out exported > log.txt && pocketseg models", ""),
        ("pocketseg data check folder:PATH", ""),
        ("pocketseg --version", ""),
        ("pocketseg", ""),
        ("pocketseg serve FILES --adb", ""),
        ("make test", ""),
        ("python -m scripts.readme", ""),
        ("pocketseg exprot u2netp --target tflite --out exported", "unknown command 'exprot'"),
        ("pocketseg export u2netp --taget tflite --out exported", "No such option"),
        ("pocketseg export u2netp --target tflit --out exported", "there is no target tflit"),
        ("pocketseg export u2netp --target tflite --precision int3 --out exported", "unknown precision"),
        ("pocketseg export u2netp --target tflite", "lacks --out"),
        ("pocketseg tune --model u2netp --target tflite --goal speed --out a", "'speed' is not one of"),
        ("pocketseg tune --model u2netp --target tflite --goal size --trials 1 --out a", "1 is not in the range"),
        ("pocketseg data", "names no command"),
        ("pocketseg data chek folder:PATH", "unknown command 'chek'"),
        ("pocketseg models; pocketseg targets --all", "No such option"),
        ("make tset", "the Makefile has no target tset"),
        ("python -m scripts.nothing", "there is no module scripts.nothing"),
    ],
)
def test_a_command_is_held_against_the_command_line(command: str, why: str) -> None:
    (step,) = parse("a.md", f"```\n{command}\n```\n").steps
    found = parsed.of_step(step, ROOT)
    assert not found if not why else len(found) == 1 and why in found[0]


def test_a_command_within_a_sentence_may_leave_out_what_is_required() -> None:
    good = "`pocketseg export`, `pocketseg data`, `pocketseg serve FILE...`, `make x.y`, `pocketseg device ...`"
    text = f"{good}, `pocketseg export --bogus`, `make tset`"
    found = parsed.faults(parse("a.md", text), ROOT)
    assert [line.split(": ")[1] for line in found] == ["pocketseg export --bogus", "make tset"]


@pytest.mark.documents
def test_every_command_of_every_page_exists() -> None:
    assert [fault for document in _with_commands() for fault in parsed.faults(document, ROOT)] == []


@pytest.mark.documents
def test_every_line_of_a_command_block_is_a_command() -> None:
    strange = [
        f"{document.name}:{step.line}: {words[0]}"
        for document in _with_commands()
        for step in document.steps
        if step.kind is Kind.SHELL and substitutions.form_of(step.text) is None
        for words in parsed.simple_commands(step.text)
        if words[0] not in execute.KNOWN
    ]
    assert strange == [], "output belongs into a ```text block"


@pytest.mark.documents
def test_every_link_and_anchor_within_the_repository_leads_somewhere() -> None:
    pages = links.pages(ROOT, _names())
    assert sum(not links.is_elsewhere(link.target) for document in pages.values() for link in document.links) > 50
    assert links.broken(pages, _names()) == []


@pytest.mark.documents
def test_the_page_of_promises_says_what_is_executed() -> None:
    assert (ROOT / page.NAME).read_text(encoding="utf-8") == page.page(ROOT), "run `python -m scripts.promises page`"


def test_at_most_ten_forms_are_marked_and_each_says_why() -> None:
    assert len(substitutions.FORMS) <= substitutions.MOST_FORMS == 10
    assert all(form.why for form in substitutions.FORMS) and all(each.why for each in substitutions.SUBSTITUTIONS)


@pytest.mark.documents
def test_no_substitution_takes_a_command_out_of_the_form_that_keeps_it_from_running() -> None:
    unlike = [
        f"{document.name}:{step.line}: {step.text}"
        for document in _with_commands()
        for step in document.steps
        if step.kind is Kind.SHELL
        and any(re.search(form.pattern, step.text) for form in substitutions.FORMS)
        and substitutions.form_of(step.text) is None
        and not re.search(r"\bdevice run\b|\bmake quickstart\b", step.text)  # these have stand-ins on purpose
    ]
    assert unlike == []


@pytest.mark.documents
def test_every_generated_block_is_what_its_rows_give() -> None:
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in _names() if name.endswith(".md")}
    assert [fault for name, text in texts.items() for fault in figures.faults(name, text)] == []
    assert sum(1 for name, text in texts.items() for _ in figures.blocks(name, text)) >= 10


@pytest.mark.documents
def test_no_measured_figure_is_typed() -> None:
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in figures.pages(_names())}
    assert [line for name, text in texts.items() for line in figures.typed(name, text)] == []
    assert all(part in texts.get(name, "") for name, part in figures.ALLOWED), "an allowed figure is no longer there"


@pytest.mark.parametrize(
    ("line", "looks_measured"),
    [
        ("It takes 4.2 ms on this machine.", True),
        ("mIoU 0.6194 over test photos", True),
        ("It loses 0.4 points.", True),
        ("62 times as fast, 3.4 x smaller", True),
        ("`--max-drop 0.002` keeps it", False),
        ("```\n4.2 ms\n```", False),
        ("<!-- x:begin -->\n4.2 ms\n<!-- x:end -->", False),
        ("4 classes, 320 x 192 px, Python 3.11, 12 minutes", False),
    ],
)
def test_a_line_with_a_measured_figure_is_found(line: str, looks_measured: bool) -> None:
    assert bool(figures.typed("README.md", line)) is looks_measured


def test_a_block_of_unknown_making_or_with_other_figures_is_named() -> None:
    assert "is made by nothing" in figures.faults("a.md", "<!-- x:begin -->\n1\n<!-- x:end -->")[0]
    assert (
        "is not what its rows give"
        in figures.faults("docs/results.md", "<!-- models:begin -->\n1\n<!-- models:end -->")[0]
    )
    assert "is not closed" in figures.faults("a.md", "<!-- models:begin -->\n1\n")[0]
