"""How much of U2Net's lead over U2NetP is its pretraining's: U2NetP from its own saliency weights, beside both."""

from __future__ import annotations

from scripts.u2net_or_topformer.answer import difference
from scripts.u2net_or_topformer.kept import Network, Sources
from scripts.u2net_or_topformer.learning import ALIKE, NONE, NOT_RECORDED, Learning, differs


def said(sources: Sources) -> list[str]:
    """Return the answer as items; nothing until U2Net and a U2NetP with its pretraining were compared."""
    large, small = sources.whole("u2net"), sources.whole("u2netp")
    if large is None or large.learning is None:
        return []
    alike = _alike(sources, large.learning)
    if alike is None or alike.learning is None:
        return []
    lines = [_beside(sources, large, alike, "with the same pretraining, photos, images and steps")]
    if small is not None and small is not alike and small.learning and small.learning.pretraining == NONE:
        lines += [_beside(sources, alike, small, "whose weights began at random")]
        lines += [_beside(sources, large, small, "whose weights began at random")]
    unequal = differs(large.learning, alike.learning)
    lines.append(
        f"What remains unequal between U2Net and {alike.title}, beside the networks: "
        + (f"{'; '.join(unequal)}." if unequal else "nothing that records say.")
    )
    return [f"- {line}" for line in lines]


def _alike(sources: Sources, learning: Learning) -> Network | None:
    """Return the whole U2NetP that learnt from what U2Net did, in as many steps."""
    if learning.pretraining in (NONE, NOT_RECORDED):
        return None
    for network in sources.networks:
        own = network.learning
        if network.family != "u2netp" or not network.whole or own is None or own.pretraining != learning.pretraining:
            continue
        counts = ((own.images, learning.images), (own.steps, learning.steps))
        if all(max(pair) <= ALIKE * min(pair) for pair in counts) and own.labelled == learning.labelled:
            return network
    return None


def _beside(sources: Sources, first: Network, second: Network, how: str) -> str:
    found = difference(sources.comparison, first, second)
    if found is None:
        return f"{first.title} and {second.title}, {how}, were not compared."
    apart = "" if found.told_apart else ", which these photos do not tell from none"
    return f"{first.title} less {second.title}, {how}: {found.value:+.3f} mIoU ({found.said}){apart}."
