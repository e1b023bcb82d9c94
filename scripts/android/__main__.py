"""The commands behind `make android-apk` and `make test-android`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pocketseg.core.errors import PocketSegError
from scripts.android import apk, check, page, pins, testing
from scripts.android.tools import archives, tools


@click.group()
def main() -> None:
    """Build and check the Android app where there is no Android SDK."""


@main.command("tools")
def tools_command() -> None:
    """Fetch the tools and archives that no Maven repository has."""
    print(tools().cache)


@main.command("archives")
def archives_command() -> None:
    """Fetch the runtimes' archives alone, which Gradle looks for in the cache, on any computer."""
    print(archives())


@main.command("apk")
def apk_command() -> None:
    """Build the APK from scratch."""
    made = apk.build(tools())
    print(f"{made.unsigned}  {made.unsigned.stat().st_size / 1e6:.1f} MB, unsigned: every build gives the same bytes")
    print(f"{made.signed}  signed with a throw-away key of this computer: install it with adb, but do not publish it")


@main.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check_command(file: Path) -> None:
    """Check an APK that was built here."""
    found = check.check(tools(), file)
    print(*check.lines(found), sep="\n")
    if any(each.faults for each in found):
        sys.exit(1)


@main.command("pins")
def pins_command() -> None:
    """Write the hashes of everything that a build takes from Maven repositories, after a build from trusted ones."""
    print(pins.write(tools()))


@main.command("page")
def page_command() -> None:
    """Put the examples' sources into docs/android.md."""
    page.write()


@main.command("test")
def test_command() -> None:
    """Run everything that can be run without a phone; the last lines count it."""
    sys.exit(testing.run_all())


def _run() -> None:
    try:
        main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except PocketSegError as error:
        raise SystemExit(f"error: {error.message}" + (f"\n  {error.hint}" if error.hint else "")) from None


if __name__ == "__main__":
    _run()
