"""`python -m pocketseg`: the command line, whatever lies in the working folder."""

import os
import sys

READS = ()


def drop_working_folder() -> None:
    """Remove the working folder that `-m` put first on the search path, unless pocketseg itself was found there.

    A user's `models` or `click.py` would hide a package of that name. Until this is done only what Python has already
    loaded may be imported, so no pathlib.
    """
    own_folder = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))  # noqa: PTH120
    try:
        working_folder = os.getcwd()  # noqa: PTH109
    except OSError:  # the folder was removed: `-m` put nothing on the path
        return
    added = not sys.flags.safe_path and sys.path[:1] == [working_folder]
    if added and os.path.realpath(working_folder) != own_folder:
        del sys.path[0]


if __name__ == "__main__":
    drop_working_folder()

    from pocketseg.cli.main import main

    main()
