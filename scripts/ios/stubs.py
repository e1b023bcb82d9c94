"""`python -m scripts.ios stubs`: checks stand-ins against published declarations, and our sources against stand-ins."""

from __future__ import annotations

import sys

from pocketseg.core.errors import DataError
from scripts.ios import declarations, mutants, selectors, stand_ins, toolchain, typed
from scripts.ios.held import Tally, faults

# Modules of Swift alone: nothing is published of them that could be read here, so their stand-ins cite pages.
SWIFT_ONLY = ("SwiftUI", "PhotosUI", "ExecuTorch")
LEAST_MUTANTS = 20
UNSEEN = (
    "what is Swift's alone (SwiftUI, MLComputePlan, ExecuTorch) and wrong in its stand-in too: pages are not read",
    "Swift's name for what is marked `renamed`, and Swift's types of Core Foundation's objects: declarations lack them",
    "a macro's value (P_TRACED, TASK_VM_INFO), and what a text names: a sysctl, a key of the environment, a file",
    "from which version of iOS a member is there, on which thread it may be called, and whether it is Sendable",
    "what anything does: no stand-in ever runs",
)


def main(arguments: list[str]) -> int:
    """Check everything; print what is wrong, or what was compared with what. Returns 1 where anything is wrong."""
    if arguments not in ([], ["--quick"]):
        print("usage: python -m scripts.ios stubs [--quick]", file=sys.stderr)
        return 2
    try:
        found = run(misspell=not arguments)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    for line in found:
        print(f"error: {line}", file=sys.stderr)
    return 1 if found else 0


def run(*, misspell: bool) -> list[str]:
    """Return what is wrong, a line each; print what was done. Raises DataError where something is not available."""
    folder = toolchain.cache_folder() / "declarations"
    modules = typed.stub_modules()
    all_of_them = [each for name in modules for each in stand_ins.read_module(typed.STUBS / name)]
    declared = declarations.read_modules(
        declarations.fetched(folder), [name for name in modules if name not in SWIFT_ONLY]
    )
    exact = selectors.Selectors(selectors.fetched(folder))
    tally = Tally()
    found = faults(all_of_them, declared, exact, tally)
    print(f"stand-ins: {len(all_of_them)} symbols of {len(modules)} modules")
    print(f"  {tally.declared} held against declarations of iOS (npm), {tally.exact} by exact selector too (Maven)")
    print(f"  {tally.pages} are Swift's alone, or macros, and cite their page")
    typed.prepare(modules)
    for sources in typed.our_sources():
        said = typed.checked(sources)
        if said:
            found.append(f"{sources.name} does not fit the stand-ins:\n{said}")
        print(f"type-checked against them: {sources.name}, {len(sources.files)} files")
    if misspell and not found:
        found += _misspelt(all_of_them, declared, exact)
    return found


def _misspelt(
    all_of_them: list[stand_ins.StandIn],
    declared: dict[str, declarations.Module],
    exact: selectors.Selectors,
) -> list[str]:
    tried, found = mutants.missed_stand_ins(all_of_them, declared, exact)
    print(f"misspelt stand-ins: {tried} tried, {tried - len(found)} seen")
    tried, missed = mutants.missed_sources(all_of_them)
    print(f"misspelt members in our sources: {tried} tried, {tried - len(missed)} do not compile")
    if tried < LEAST_MUTANTS:
        missed.append(f"only {tried} members of Apple's were misspelt; {LEAST_MUTANTS} are asked for")
    print("cannot be seen this way:", *(f"  - {line}" for line in UNSEEN), sep="\n")
    return [*found, *missed]
