"""Runs a command in a tree of files that is not this system's: without root, and ended with all its children.

It has no network, unless this computer's is shared, as with a browser that opens a page of this computer. It uses
bubblewrap where that works, else util-linux's unshare, as root or with a user namespace. The tree's /usr and /etc are
readable; the rest of the root is in memory.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ALL = ("net", "pid", "ipc")
_PROBE_S = 20.0
_LINKS = {"/bin": "usr/bin", "/sbin": "usr/sbin", "/lib": "usr/lib", "/lib64": "usr/lib64"}
# Never built of input: all that varies comes as arguments. Mounts end with the namespace.
_UNSHARED = """\
tree=$1; root=$2; folder=$3; shift 3
mount -t tmpfs tmpfs "$root"
mkdir "$root/usr" "$root/etc" "$root/proc" "$root/dev" "$root/tmp"
chmod 1777 "$root/tmp"
ln -s usr/bin "$root/bin"; ln -s usr/sbin "$root/sbin"; ln -s usr/lib "$root/lib"; ln -s usr/lib64 "$root/lib64"
mount --rbind "$tree/usr" "$root/usr"
mount --rbind "$tree/etc" "$root/etc"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
while [ "$1" != -- ]; do mkdir -p "$root$2"; mount --rbind "$1" "$root$2"; shift 2; done
shift
exec chroot "$root" /usr/bin/env -i -C "$folder" "$@"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a command runs: the tree, an empty folder beside it, and what else of this computer is visible
    and where.
    """

    tree: Path
    empty: Path
    seen: Mapping[str, Path]  # a place inside, and the folder that is there, to write too
    folder: str  # inside
    environment: Mapping[str, str]
    own: tuple[str, ...] = ALL  # what it does not share with this computer


def bubblewrap(setting: Setting, command: Sequence[str]) -> list[str]:
    """Return the command that runs `command` with bubblewrap."""
    words = ["bwrap", "--tmpfs", "/"]
    for place in ("usr", "etc"):
        words += ["--ro-bind", str(setting.tree / place), f"/{place}"]
    for link, target in _LINKS.items():
        words += ["--symlink", target, link]
    words += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for place, source in setting.seen.items():
        words += ["--bind", str(source), place]
    words += [*(f"--unshare-{name}" for name in setting.own), "--die-with-parent"]
    words += ["--chdir", setting.folder, "--clearenv"]
    for name, value in setting.environment.items():
        words += ["--setenv", name, value]
    return [*words, "--", *command]


def unshared(setting: Setting, command: Sequence[str]) -> list[str]:
    """Return the command that runs `command` with unshare and chroot."""
    words = ["unshare", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    words += ["--mount", *(f"--{name}" for name in setting.own), "--fork", "--kill-child", "sh", "-ec", _UNSHARED, "sh"]
    words += [str(setting.tree), str(setting.empty), setting.folder]
    for place, source in setting.seen.items():
        words += [str(source), place]
    return [*words, "--", *(f"{name}={value}" for name, value in setting.environment.items()), *command]


Way = Callable[[Setting, Sequence[str]], list[str]]
WAYS: dict[str, Way] = {"bwrap": bubblewrap, "unshare": unshared}


def choose(setting: Setting) -> tuple[str, str]:
    """Return the first way that works on this host, and an empty text; or no way, and each one's error."""
    reasons = []
    for name, way in WAYS.items():
        if shutil.which(name) is None:
            reasons.append(f"there is no `{name}`")
            continue
        try:
            done = subprocess.run(
                way(setting, ["/usr/bin/true"]), check=False, capture_output=True, text=True, timeout=_PROBE_S,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            reasons.append(f"{name}: {error}")
            continue
        if done.returncode == 0:
            return name, ""
        reasons.append(f"{name}: {(done.stderr or done.stdout).strip()[-300:]}")
    return "", "; ".join(reasons)
