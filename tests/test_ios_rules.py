"""What the iOS harness's sources may not do: faults that other apps had on iPhones, and that reading alone can show."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from scripts.ios.project import APP

HARNESS = APP.parent
SOURCES = sorted(
    path
    for folder in ("App/Sources", "Sources/HarnessCore", "Sources/HarnessCoreML", "ExecuTorch/Sources")
    for path in (HARNESS / folder).rglob("*.swift")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A pattern that no source has, why, and a line for each way to break it and for each way to keep it."""

    pattern: str
    why: str
    broken: tuple[str, ...]
    kept: tuple[str, ...] = ()


RULES = {
    "pixels by Vision": Rule(
        pattern=r"\bimport Vision\b|\bVNCoreMLRequest\b|\bVNImageRequestHandler\b",
        why="it crops to the middle and takes a picture without its orientation, unless it is told otherwise",
        broken=("import Vision", "VNCoreMLRequest(model: model)"),
    ),
    "pixels by Core Image": Rule(
        pattern=r"\bCIContext\b|\bCIImage\b|\bimport CoreImage\b",
        why="it computes in a colour space of its own, and pixels come out nearly right",
        broken=("let context = CIContext()", "CIImage(cvPixelBuffer: frame)"),
    ),
    "pictures by UIImage": Rule(
        pattern=r"\bUIImage\b",
        why="its cgImage forgets the orientation",
        broken=("UIImage(data: data)?.cgImage",),
    ),
    "memory that is not what counts": Rule(
        pattern=r"\bresident_size\b|\bMACH_TASK_BASIC_INFO\b",
        why="it does not fall when memory is freed, and is not what the system ends apps by",
        broken=("info.resident_size",),
        kept=("info.phys_footprint",),
    ),
    "ticks taken for nanoseconds": Rule(
        pattern=r"\bmach_absolute_time\b",
        why="on Apple's chips a tick is 125/3 ns",
        broken=("let began = mach_absolute_time()",),
        kept=("clock_gettime_nsec_np(CLOCK_UPTIME_RAW)",),
    ),
    "numbers and dates in the phone's language": Rule(
        pattern=r"String\(format:|\bNumberFormatter\b|\bDateFormatter\b|\.formatted\(|localizedString\(",
        why="1,5 in German, other digits in Arabic, the year 2569 in Thai",
        broken=('String(format: "%.1f", x)', "DateFormatter()", "x.formatted()"),
        kept=("Decimals.fixed(x, places: 1)",),
    ),
    "numbers that SwiftUI writes in the phone's language": Rule(
        pattern=r"\bText\(\"[^\"\n]*\\\(",
        why="a number in a key that is looked up is written with the language's digits",
        broken=(r'Text("Step \(number)")',),
        kept=(r'Text(verbatim: "Step \(number)")', 'Text("Loading…")'),
    ),
    "work that goes on in the background": Rule(
        pattern=r"beginBackgroundTask|\bBGTaskScheduler\b|\bBGProcessingTask\b",
        why="there the GPU may not be used, and no time there is a measurement",
        broken=("UIApplication.shared.beginBackgroundTask {}",),
    ),
    "output by its place": Rule(
        pattern=r"outputs\(\)\[0\]|featureNames\.first|outputDescriptionsByName\.first",
        why="outputs change their order from converter to converter",
        broken=("try session.outputs()[0]", "provider.featureNames.first"),
    ),
    "all units": Rule(
        pattern=r"computeUnits = \.all\b",
        why="it says neither what was asked nor what ran",
        broken=("configuration.computeUnits = .all",),
        kept=("configuration.computeUnits = .cpuAndGPU",),
    ),
    "paths that are kept": Rule(
        pattern=r"UserDefaults|@AppStorage|NSHomeDirectory\(\)",
        why="an app's folder moves with each update, and what is kept elsewhere is not cleared with it",
        broken=('UserDefaults.standard.set(path, forKey: "a")',),
    ),
    "errors that end the app": Rule(
        pattern=r"\btry!|\bas! |\bfatalError\(",
        why="a damaged file must not end the app",
        broken=("let x = try! open()", "value as! String"),
        kept=("try? open()", "value as? String"),
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_no_source_breaks_the_rule(name: str) -> None:
    rule = RULES[name]
    found = []
    for path in SOURCES:
        code = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
        found += [f"{path.name}: {each[0]}" for each in re.finditer(rule.pattern, code)]
    assert not found, f"{rule.why}: {found}"


@pytest.mark.parametrize("name", RULES)
def test_a_rule_knows_what_breaks_it(name: str) -> None:
    rule = RULES[name]
    assert all(re.search(rule.pattern, line) for line in rule.broken)
    assert not any(re.search(rule.pattern, line) for line in rule.kept)


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 100


def test_the_screen_stays_on_while_a_job_runs_and_not_longer() -> None:
    text = (APP / "Sources" / "JobRunner.swift").read_text(encoding="utf-8")
    on, work, off = (text.index(each) for each in ("Disabled = true", "await driven(", "Disabled = false"))
    assert on < work < off


def test_a_picked_file_is_let_in_and_out_again() -> None:
    text = (APP / "Sources" / "Arrival.swift").read_text(encoding="utf-8")
    assert text.index("startAccessingSecurityScopedResource") < text.index("stopAccessingSecurityScopedResource")
    assert "defer { if isScoped" in text


def test_a_camera_gives_frames_at_full_range_and_drops_late_ones() -> None:
    text = (APP / "Sources" / "CameraFeed.swift").read_text(encoding="utf-8")
    assert "kCVPixelFormatType_420YpCbCr8BiPlanarFullRange" in text
    assert "alwaysDiscardsLateVideoFrames = true" in text
