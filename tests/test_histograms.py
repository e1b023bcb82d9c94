"""The histograms of calibration are torch's own, count by count."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from export import _histograms
from export._histograms import QuickHistograms, histogram


@pytest.mark.parametrize("bins", [1, 7, 100, 2048])
@pytest.mark.parametrize("shape", [(1,), (5, 3), (1, 8, 40, 25)])
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1e-30, 1e-3, 1.0, 37.5, 1e20]), more=st.booleans())
def test_every_count_is_torchs(bins: int, shape: tuple[int, ...], seed: int, scale: float, more: bool) -> None:
    values = torch.randn(shape, generator=torch.Generator().manual_seed(seed)).mul(scale)
    for kept in (values, values.clamp(min=0), values.round(), values.transpose(0, -1)):
        low, high = torch.aminmax(kept)
        wider = (low - scale / 3, high + scale) if more else (low, high)  # as after other photos
        assert torch.equal(histogram(kept, bins, *wider), torch.histc(kept, bins, *wider))


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([0.5, 2.0, -1.0], 0.0, 1.0),  # outside are two
        ([3.0, 3.0], 3.0, 3.0),  # torch widens a range without width
        ([0.25, float("nan")], 0.0, 1.0),
        ([0.1, 0.9], 0, 1),
        ([], 0.0, 1.0),
    ],
)
def test_what_is_no_plain_range_is_torchs_too(values: list[float], low: float, high: float) -> None:
    given_values = torch.tensor(values)
    assert torch.equal(histogram(given_values, 8, low, high), torch.histc(given_values, 8, low, high))
    doubles = given_values.double()
    assert torch.equal(histogram(doubles, 8, low, high), torch.histc(doubles, 8, low, high))


def test_observers_in_the_block_count_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from torch.ao.quantization.observer import HistogramObserver
    from torchao.quantization.pt2e import HistogramObserver as Exported

    photos = [torch.randn(1, 4, 9, 5, generator=torch.Generator().manual_seed(n)) * (n + 1) for n in range(4)]
    counted: list[int] = []
    own = _histograms.histogram
    monkeypatch.setattr(_histograms, "histogram", lambda *a, **k: counted.append(1) or own(*a, **k))
    for kind in (HistogramObserver, Exported):
        plain, quick = kind(), kind()
        for photo in photos:
            plain(photo)
        assert not counted
        with torch.no_grad(), QuickHistograms():
            for photo in photos:
                quick(photo)
        assert len(counted) >= len(photos)
        counted.clear()
        assert torch.equal(plain.histogram, quick.histogram)
        assert all(map(torch.equal, plain.calculate_qparams(), quick.calculate_qparams()))
