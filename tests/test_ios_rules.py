"""What the iOS harness's sources may not do: faults that other apps had on iPhones, and that reading alone can show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from _source_rules import Rule, assert_knows_its_examples, assert_no_source_breaks

from scripts.ios.project import APP

HARNESS = APP.parent
SOURCES = sorted(
    path
    for folder in ("App/Sources", "Sources/HarnessCore", "Sources/HarnessCoreML", "ExecuTorch/Sources")
    for path in (HARNESS / folder).rglob("*.swift")
)


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
    "an end that takes the process apart first": Rule(
        pattern=r"(?<![\w.])exit\(|Foundation\.exit\(",
        why="a runtime's threads still use what it takes apart, and it crashes, or waits for one that hangs",
        broken=("func leave() { exit(0) }", "Foundation.exit(0)"),
        kept=("func leave() { _exit(0) }", "atexit(save)"),
    ),
    "names that another Xcode calls otherwise": Rule(
        pattern=r"\.AVCaptureSession\w+|AVCaptureSession\.\w+Notification",
        why="Xcode 15 has the one name and later ones the other, and the app builds with either",
        broken=(".AVCaptureSessionWasInterrupted", "AVCaptureSession.wasInterruptedNotification"),
        kept=("AVCaptureSession()", "session.isRunning"),
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
    assert_no_source_breaks(RULES[name], SOURCES, HARNESS)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_knows_what_breaks_it(name: str) -> None:
    assert_knows_its_examples(RULES[name])


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 100


def test_the_screen_stays_on_while_a_job_runs_and_not_longer() -> None:
    text = (APP / "Sources" / "JobRunner.swift").read_text(encoding="utf-8")
    on, work, off = (text.index(each) for each in ("hold(.job)", "await driven(", "release(.job)"))
    assert on < work < off
    users = {path.name for path in SOURCES if "isIdleTimerDisabled" in path.read_text(encoding="utf-8")}
    assert users == {"ScreenAwake.swift"}  # a camera that goes must not switch it off under a job


def test_nothing_takes_time_beside_a_job() -> None:
    screen, app = (
        (APP / "Sources" / name).read_text(encoding="utf-8") for name in ("BundleScreen.swift", "AppModel.swift")
    )
    off, work, on = (screen.index(each) for each in ("isPaused = true", "await runner.run(", "isPaused = false"))
    assert off < work < on
    taking = app[app.index("func take(_") :]
    assert taking.index("while runner.isAtWork") < taking.index("Arrival.of(")


def test_nothing_asks_the_application_before_it_is_up() -> None:
    """SwiftUI may make the app's models before there is an application to ask."""
    assert "lazy var watch = DeviceWatch()" in (APP / "Sources" / "JobRunner.swift").read_text(encoding="utf-8")
    for path in (APP / "Sources").glob("*.swift"):
        for body in _blocks(path, r"^\s*(?:@MainActor )?(?:private )?init\("):
            assert not re.search(r"UIApplication\.shared|UIDevice\.current", body), path.name


def test_what_a_view_awaits_runs_on_the_main_actor() -> None:
    """With Xcode 15 only a view's body does by itself; what it calls would set its state from another thread."""
    for path in (APP / "Sources").glob("*.swift"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"^struct \w+: View \{", text, re.MULTILINE):
            assert not re.search(r"(?<!@MainActor\n)^ +(?:private )?func [^{\n]*\basync\b", text, re.MULTILINE), (
                path.name
            )


def test_a_task_within_a_closure_holds_weakly_what_that_holds_weakly() -> None:
    """Else it reads a variable of the closure around it from another thread, which Swift 6 refuses."""
    for path in (APP / "Sources").glob("*.swift"):
        for body in _blocks(path, r"^.*\bTask\b[^{\n]*\{"):
            if "self?" in body:
                assert "[weak self]" in body.splitlines()[0], f"{path.name}: {body}"


def test_a_camera_is_driven_on_another_queue_than_its_frames_come_on() -> None:
    text = (APP / "Sources" / "CameraFeed.swift").read_text(encoding="utf-8")
    assert "setSampleBufferDelegate(self, queue: frames)" in text
    for call in ("startRunning()", "stopRunning()"):
        assert text.count(call) >= 1
        assert "control.async" in text[: text.index(call)]
    assert "frames.async" not in text
    assert "main.async" not in text


def _blocks(path: Path, opens: str) -> list[str]:
    """Return what begins with a line that matches and ends before the next line that is indented no more."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = []
    for place, line in enumerate(lines):
        if re.match(opens, line):
            depth = _depth(line)
            rest = lines[place + 1 :]
            end = next((at for at, each in enumerate(rest) if each.strip() and _depth(each) <= depth), len(rest))
            found.append("\n".join([line, *rest[:end]]))
    return found


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def test_a_picked_file_is_let_in_and_out_again() -> None:
    text = (APP / "Sources" / "Arrival.swift").read_text(encoding="utf-8")
    assert text.index("startAccessingSecurityScopedResource") < text.index("stopAccessingSecurityScopedResource")
    assert "defer { if isScoped" in text


def test_a_camera_gives_frames_at_full_range_and_drops_late_ones() -> None:
    text = (APP / "Sources" / "CameraFeed.swift").read_text(encoding="utf-8")
    assert "kCVPixelFormatType_420YpCbCr8BiPlanarFullRange" in text
    assert "alwaysDiscardsLateVideoFrames = true" in text
