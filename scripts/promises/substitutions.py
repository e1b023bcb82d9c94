"""What is executed in place of what a page says, and the few forms of commands that are not executed: both shown."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Substitution:
    """A regular expression over a command, what stands in its place, and why the promise is the same."""

    pattern: str
    replacement: str
    why: str


@dataclass(frozen=True)
class Form:
    """A form of command that this tier does not execute: a name, what it looks like, and the reason."""

    name: str
    pattern: str
    why: str


EXPORTED = "a-file/topformer_tiny-w8a8-320x192.tflite"
SUBSTITUTIONS = (
    Substitution(r"\b(ccp|imaterialist|dresscode):PATH\b", r"\1:\1", "a small data set in that layout"),
    Substitution(r"\bSPEC\b", "folder:PATH", "any data set"),
    Substitution(r"\bMODEL\b", "topformer_tiny", "any model"),
    Substitution(r"\bFILE\b(\.\.\.)?(?!\.)", EXPORTED, "any exported file"),
    Substitution(r"--epochs [1-9]\d*", "--epochs 1", "time: how long is trained changes no step of the way"),
    Substitution(r"(--set '?)epochs=\d+", r"\1epochs=1", "the same"),
    Substitution(r"stages=\[\[[^ ]*\]\]", "stages=[[1,96,64]]", "time: one short stage at a small size"),
    Substitution(
        r"(?m)^pocketseg train (?!.*(--epochs|epochs=|--help|--again))",
        "pocketseg train --epochs 1 ",
        "time: as above",
    ),
    Substitution(
        r"(?m)^pocketseg train (?!.*(--size|stages=|--help|--again))",
        "pocketseg train --size 96x64 --set stages=[] ",
        "time: a small input",
    ),
    Substitution(
        r"(?m)^pocketseg (export|compress) u2netp(?= .*--(?:recipe|precision) \S*(?:prune|distil|sparse|qat|mixed))",
        r"pocketseg \1 topformer_tiny",
        "time: the smaller network takes the same steps",
    ),
    Substitution(
        r"(?m)^pocketseg (export|compress) (?=.*--(?:recipe|precision) \S*(?:prune|distil|sparse|qat))"
        r"(?!.*(--epochs|epochs=))",
        r"pocketseg \1 --epochs 1 ",
        "time: what steps train without being told",
    ),
    Substitution(r"--trials \d+", "--trials 2", "time: a search of two recipes"),
    Substitution(r"(?m)^pocketseg tune (?!.*--trials)", "pocketseg tune --trials 2 ", "the same"),
    Substitution(r"(?m)^pocketseg tune (?!.*--epochs)", "pocketseg tune --epochs 1 ", "time: as above"),
    Substitution(
        r"(pocketseg tune .*)--max-drop [\d.]+",
        r"\1--max-drop 1",
        "two recipes of one epoch lose much: any loss is taken, so that there is a winner",
    ),
    Substitution(r"(?m)^pocketseg tune (?!.*--max-drop)", "pocketseg tune --max-drop 1 ", "the same"),
    Substitution(r"--model u2netp(?= .*--goal)", "--model topformer_tiny", "time: the smaller network is searched"),
    Substitution(r"(--models )u2netp,topformer_tiny", r"\1topformer_tiny", "time: one network's cells"),
    Substitution(
        r"(--recipes [^, ]+)(,[^, ]+)+(,[^, ]+)", r"\1\3", "time: of three recipes or more the first and the last"
    ),
    Substitution(
        r"(--targets [^, ]+)(,[^, ]+)+(,[^, ]+)", r"\1\3", "time: of three targets or more the first and the last"
    ),
    Substitution(
        r"(pocketseg|make) quickstart(?! --)",
        "pocketseg sweep --models topformer_tiny --recipes w8a8 --targets coreml,tflite --out runs/quickstart",
        "time: a quick start of one network; the whole one is a tier of its own",
    ),
    Substitution(r"--passes \d+", "--passes 1", "time: how often a file takes its turn"),
    Substitution(r"--wait \d+", "--wait 1", "time: a quiet machine is not waited for"),
    Substitution(
        r"\bdevice run (\S+) --on (android|ios)( --app \S+)?",
        r"device replay \1",
        "this computer plays the phone's part: it runs the same bundle and writes the same records",
    ),
    Substitution(r" --lan\b", "", "this computer stays closed to its network"),
    Substitution(r"^\. \.venv/bin/activate", '. "$CHECKOUT/.venv/bin/activate"', "the folder is not the checkout"),
)

FORMS = (
    Form("make", r"\bmake (?!help\b)[a-z]", "sets up, tests or rewrites the checkout itself; tiers of their own"),
    Form(
        "network",
        r"\bpip install\b|\bgit clone\b|--init (imagenet|saliency)\b|\bcurl\b|\bpocketseg pretrained\b",
        "fetches from the network",
    ),
    Form("gpu", r"--accelerator (cuda|mps|gpu)\b|bf16-mixed|16-mixed", "needs a GPU"),
    Form("hosts", r"\btorchrun\b|\bdask\b|--scheduler\b", "needs several hosts"),
    Form("phone", r"--on (android|ios)\b|\bdevice (list|push|pull|run)\b|\badb\b", "needs a phone on a cable"),
    Form("study", r"\bstudy annotations\b|\btrain --again\b", "needs the whole data set, and hours"),
    Form("maintenance", r"\bpython -m scripts\.", "rewrites committed pages from runs that only a maintainer has"),
)
MOST_FORMS = 10


def expanded(command: str) -> str:
    """Return what is executed in place of a command."""
    for each in SUBSTITUTIONS:
        command = re.sub(each.pattern, each.replacement, command)
    return command


def form_of(command: str) -> Form | None:
    """Return the form that keeps a command from being executed, or None."""
    return next((form for form in FORMS if re.search(form.pattern, expanded(command))), None)
