"""A sweep's worker process: `python -m pocketseg.sweep._worker FD` does jobs, using the protocol of
core/dialogue.py.
"""

from __future__ import annotations

import sys

from pocketseg.core.dialogue import answers, requests
from pocketseg.core.errors import StorageError


def main(descriptor: int) -> None:
    """Do the jobs that the parent at the other end of `descriptor` asks for, one after another."""
    jobs = requests()
    from pocketseg.sweep.jobs import work  # late: it takes seconds

    answer, answer_error = answers(descriptor)
    for job in jobs:
        try:
            found = work(job)
        except StorageError as error:
            answer_error(error)
        else:
            answer(found)


if __name__ == "__main__":
    main(int(sys.argv[1]))
