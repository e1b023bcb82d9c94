"""The golden check: compares a file's class maps of a bundle's photos with those of the desktop."""

from __future__ import annotations

from benchmark.checks import Golden
from benchmark.judge import Judged, coarser, judge
from pocketseg.core.bundle import Bundle
from pocketseg.data.photos import Pixels

_MOST_SAID = 3  # photos that a reason names


class GoldenMaps:
    """The golden check of one artifact: add its class maps in the photos' order, then ask for the result."""

    def __init__(self, bundle: Bundle, place: int, accelerator: str | None, arithmetic: str | None) -> None:
        """Load what an artifact must return. accelerator, arithmetic: of what runs it; None where not known.

        A file of 8-bit integers that no processor runs as such may be nearer to its network than to its output on the
        desktop; agreeing with either is enough.
        """
        golden = bundle.content["golden"][place]
        self._bundle, self._maps = bundle, golden["maps"]
        is_other = accelerator != "cpu" and golden["arithmetic"] == "int8" and arithmetic != "int8"
        self._networks, self._is_other = golden["network_maps"], is_other
        self._least = golden["least_network_agreement"]
        self._of_network: list[tuple[int, int]] = []  # equal pixels, and all, of each photo
        self._limits = golden["allowed"][coarser(golden["arithmetic"], arithmetic)]
        self._before: Pixels | None = None
        self._faults: list[str] = []
        self._judged: list[Judged] = []
        self._all_equal = True

    def add(self, photo: int, found: Pixels) -> float:
        """Compare the class map of a photo, H,W uint8; return the share of pixels equal to the golden map."""
        golden = self._bundle.class_map(self._maps[photo], photo)
        judged = judge(found, golden, self._limits[photo], self._before)
        network = None if self._networks is None else self._bundle.class_map(self._networks[photo], photo)
        if network is not None and network.shape == found.shape:
            self._of_network.append((int((network == found).sum()), network.size))
        if not judged.is_near and not (self._is_other and network is not None and self._near(photo, found, network)):
            self._faults.append(_said(photo, judged))
        if self._before is not None:
            self._all_equal &= self._before.shape == found.shape and bool((self._before == found).all())
        self._before = found
        self._judged.append(judged)
        return round(judged.agreement, 8)

    def _near(self, photo: int, found: Pixels, network: Pixels) -> bool:
        return judge(found, network, self._limits[photo]).is_near

    def _unlike_network(self) -> str:
        """Return why the file does not agree with its network; empty where it does, or where the network was not
        available.
        """
        equal, pixels = (sum(part) for part in zip(*self._of_network, strict=True)) if self._of_network else (1, 1)
        if equal / pixels >= self._least:
            return ""
        shares = [count / size for count, size in self._of_network]
        worst = min(range(len(shares)), key=shares.__getitem__)
        return (
            f"all photos are as the fp32 network gives them on {equal / pixels:.2%} of their pixels, photo {worst} on "
            f"{shares[worst]:.2%}, and {self._least:.2%} is asked: the file was exported wrong"
        )

    def again(self, first: Pixels | None, second: Pixels) -> None:
        """Compare the two maps of the first photo, run first and once more after the others: A, B, A."""
        if first is not None and (first.shape != second.shape or (first != second).any()):
            self._faults.append("photo 0 gave another class map when it was run again, after the others")

    def golden(self) -> Golden:
        """Return the result of the check; for class maps, errors are shares of a photo's pixels."""
        photos = self._bundle.content["photos"]
        if len(self._judged) > 1 and self._all_equal and self._faults:
            self._faults.insert(0, "the output does not depend on the input: every photo gave the same class map")
        if (unlike := self._unlike_network()) and not self._faults:
            self._faults.append(unlike)
        left = len(self._faults) - _MOST_SAID
        more = f"; and {left} more" if left > 0 else ""
        worst = max(self._judged, key=lambda judged: 1 - judged.agreement - judged.allowed)
        return Golden(
            status="failed" if self._faults else "passed",
            reason="; ".join(self._faults[:_MOST_SAID]) + more,
            values=sum(photo["height_px"] * photo["width_px"] for photo in photos),
            max_abs_error=round(1 - worst.agreement, 8),
            tolerance=worst.allowed,
        )


def _said(photo: int, judged: Judged) -> str:
    likely = f": {judged.likely}" if judged.likely else ""
    wanted = 1 - judged.allowed
    if judged.agreement >= wanted:
        return f"photo {photo} differs from the desktop's run away from the edges of its classes{likely}"
    return (
        f"photo {photo} is as the desktop's run gave it on {judged.agreement:.2%} of its pixels, and {wanted:.2%} is "
        f"asked{likely}"
    )
