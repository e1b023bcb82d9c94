"""Stand-ins for Apple's modules: read, held against declarations, and misspelt; and rules of the Apple-only sources."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest

from pocketseg.core.cache import ROOT
from scripts.ios import mutants, stand_ins, typed
from scripts.ios.declarations import Module, parameter_types, read_declarations, split
from scripts.ios.held import Tally, faults
from scripts.ios.selectors import annotated
from scripts.ios.spelling import fits, names_fit, property_fits

_DECLARED = """
declare class MLThing extends NSObject {

	static makeThingAtURLCompletionHandler(url: NSURL, handler: (p1: MLThing | null, p2: NSError | null) => void): void;

	readonly shape: NSArray<number>;

	limit: number;

	readonly other: MLThing | null;

	constructor(o: { shape: NSArray<number> | number[]; });

	initWithShapeDataTypeError(shape: NSArray<number>, dataType: MLKind, error?: interop.Reference<NSError>): this;

	valueForName(name: string): MLThing | null; // inherited from MLBase
}

declare const enum MLKind {

	First = 1,

	KnownSecond = -2
}

declare function MLMake(width: number, height: number): any | null;

declare var MLThingDidChangeNotification: string;
"""
_STAND_IN = """
// objc: @class MLThing
open class MLThing: NSObject {
  // objc: -[MLThing initWithShape:dataType:error:]
  public init(shape: [NSNumber], dataType: MLKind) throws { stub() }
  // objc: +[MLThing makeThingAtURL:completionHandler:]
  open class func makeThing(at url: URL) async throws -> MLThing { stub() }
  // objc: -[MLThing valueForName:]
  open func value(
    for name: String
  ) -> MLThing? { stub() }
  // objc: @property MLThing.shape
  open var shape: [NSNumber] { stub() }
  // objc: @property MLThing.limit
  open var limit: Int = 0
  // objc: @property MLThing.other
  open var other: MLThing? { stub() }
  // c: var MLThingDidChangeNotification
  public static let didChangeNotification = Notification.Name("")
}

// objc: @enum MLKind
public enum MLKind: Int {
  // objc: @enum MLKind.First
  case first = 1
  // objc: @enum MLKind.KnownSecond
  case second = -2
}

// doc: https://developer.apple.com/documentation/coreml/mlmade
public final class MLMade {
  // c: fn MLMake
  public init?(width: Int, height: Int) { stub() }
}
"""


def _modules() -> dict[str, Module]:
    module = Module()
    read_declarations(_DECLARED, module)
    return {"Things": module}


def _faults(text: str) -> list[str]:
    read = list(stand_ins.read_text(text, "Things", "Things.swift"))
    return faults(read, _modules(), None, Tally())


def test_a_stand_in_that_is_as_declared_has_no_fault() -> None:
    assert _faults(_STAND_IN) == []


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("-[MLThing valueForName:]", "-[MLThing valueForNam:]", "declares no -valueForNam:"),
        ("-[MLThing valueForName:]", "+[MLThing valueForName:]", "declares no +valueForName:"),
        ("-[MLThing valueForName:]", "-[MLOther valueForName:]", "declares no -valueForName:"),
        ("func value(", "func valeu(", "its name and labels"),
        ("for name: String", "of name: String", "its name and labels"),
        ("for name: String", "for name: Int", "it takes string, not Int"),
        ("  ) -> MLThing? {", "  ) -> MLThing {", "it gives MLThing | null, not MLThing"),
        ("  ) -> MLThing? {", "  ) throws -> MLThing? {", "it gives no error"),
        ("dataType: MLKind) throws", "dataType: MLKind)", "it gives an error"),
        ("dataType: MLKind) throws", "dataType: Int) throws", "it takes MLKind, not Int"),
        ("[NSNumber], dataType: MLKind", "[NSNumber]", "it takes 2, not 1"),
        ("async throws -> MLThing", "throws -> MLThing", "it gives no error"),
        ("async throws -> MLThing", "async -> MLThing", "it gives an error"),
        ("async throws -> MLThing", "async throws -> URL", "it gives MLThing, not URL"),
        ("open class func", "open func", "is a method of the class"),
        ("open var shape: [NSNumber] { stub() }", "open var shape: [NSNumber] = []", "shape cannot be set"),
        ("open var limit: Int = 0", "open var limit: String = 0", "it is of number, not of String"),
        ("open var other: MLThing?", "open var other: MLThing", "it is of MLThing | null"),
        ("@property MLThing.limit", "@property MLThing.limits", "declares no property limits"),
        ("case first = 1", "case first = 2", "its value is 1, not 2"),
        ("case first = 1", "case first", "it says no value"),
        ("case second", "case third", "its name is not KnownSecond's"),
        ("@enum MLKind.First", "@enum MLKind.Fist", "MLKind has no case Fist"),
        ("init?(width", "init(width", "it may give nil"),
        ("init?(width: Int, height", "init?(width: Int, tall", "its name is not MLMake's"),
        ("c: fn MLMake", "c: fn MLMakes", "no function MLMakes"),
        ("// c: fn MLMake\n", "", "it says neither a selector nor a page"),
        ("static let didChange", "static let hasChanged", "its name is not MLThingDidChange"),
        ("https://developer.apple.com/documentation", "https://example.org/documentation", "no page of documentation"),
        ("// doc: https://developer.apple.com/documentation/coreml/mlmade", "// harness: ours", "none of our own"),
    ],
)
def test_a_stand_in_that_is_not_as_declared_is_a_fault(good: str, bad: str, said: str) -> None:
    assert good in _STAND_IN
    found = _faults(_STAND_IN.replace(good, bad, 1))
    assert found, f"{bad} was taken"
    assert any(said in line for line in found), found


def test_every_misspelling_of_a_good_stand_in_is_seen() -> None:
    read = list(stand_ins.read_text(_STAND_IN, "Things", "Things.swift"))
    tried, missed = mutants.missed_stand_ins(read, _modules(), None)
    assert missed == []
    assert tried > 4 * len(read)


def test_members_know_the_types_that_they_lie_in() -> None:
    text = "extension ProcessInfo {\n  public enum State: Int {\n    case a = 1\n  }\n  public var b: Int { 1 }\n}\n"
    owners = {each.name: each.owner for each in stand_ins.read_text(text, "M", "F.swift")}
    assert owners == {"State": "ProcessInfo", "a": "ProcessInfo.State", "b": "ProcessInfo"}


def test_a_comment_is_of_the_next_declaration_alone() -> None:
    text = "// doc: https://developer.apple.com/documentation/a\npublic struct A {}\npublic struct B {}\n"
    ways = {each.name: each.way for each in stand_ins.read_text(text, "M", "F.swift")}
    assert ways == {"A": "doc", "B": ""}


def test_commas_in_brackets_do_not_split() -> None:
    assert split("a: (p1: X, p2: Y) => void, b: NSDictionary<A, B>") == [
        "a: (p1: X, p2: Y) => void", "b: NSDictionary<A, B>",
    ]  # fmt: skip
    assert parameter_types("a: X | null, b?: Y") == ("X | null", "Y")
    assert split("") == []


@pytest.mark.parametrize(
    ("swift", "declared", "does"),
    [
        ("Int", "number", True),
        ("String", "number", False),
        ("Bool", "boolean", True),
        ("URL", "NSURL", True),
        ("URL?", "NSURL", False),
        ("URL", "NSURL | null", False),
        ("URL!", "NSURL | null", True),
        ("[String: Any]", "NSDictionary<string, any>", True),
        ("[String: Int]", "NSDictionary<string, MLThing>", False),
        ("[NSNumber]", "NSArray<number> | number[]", True),
        ("any MLFeatureProvider", "MLFeatureProvider", True),
        ("ProcessInfo.ThermalState", "NSProcessInfoThermalState", True),
        ("(URL) -> Void", "(p1: NSURL) => void", True),
        ("(Int) -> Void", "(p1: NSURL) => void", False),
        ("UnsafeMutableRawPointer?", "interop.Pointer | interop.Reference<any> | null", True),
    ],
)
def test_types_fit_as_swift_shows_them(swift: str, declared: str, does: bool) -> None:
    assert fits(swift, declared) is does


def test_names_drop_words_and_add_none() -> None:
    assert names_fit("prediction", ("from", "options"), "predictionFromFeatures:options:")
    assert names_fit("init", ("contentsOf",), "initWithContentsOf:")
    assert not names_fit("predict", ("with", "options"), "predictionFromFeatures:options:")
    assert not names_fit("prediction", ("from",), "predictionFromFeatures:options:")
    assert property_fits("isRunning", "running")
    assert property_fits("current", "currentDevice")
    assert not property_fits("cur", "currentDevice")
    assert not property_fits("batteryLevels", "batteryLevel")


def _class_file(selector: str) -> bytes:
    annotation_type = b"Lorg/robovm/objc/annotation/Method;"
    texts = [b"A", b"B", b"m", b"()V", b"RuntimeVisibleAnnotations", annotation_type, b"selector", selector.encode()]
    pool = b"".join(b"\x01" + struct.pack(">H", len(text)) + text for text in texts)
    pool += b"\x07" + struct.pack(">H", 1) + b"\x07" + struct.pack(">H", 2)
    value = b"s" + struct.pack(">H", 8)
    annotation = struct.pack(">H2H", 1, 6, 1) + struct.pack(">H", 7) + value
    attribute = struct.pack(">HI", 5, len(annotation)) + annotation
    method = struct.pack(">4H", 1, 3, 4, 1) + attribute
    head = struct.pack(">IHHH", 0xCAFEBABE, 0, 52, len(texts) + 3) + pool
    return head + struct.pack(">4H", 1, 9, 10, 0) + struct.pack(">H", 0) + struct.pack(">H", 1) + method


def test_selectors_are_read_out_of_annotations() -> None:
    assert annotated(_class_file("valueForName:")) == (frozenset({"valueForName:"}), "B")


def _code(folder: Path) -> dict[str, str]:
    return {file.name: re.sub(r"//.*", "", file.read_text()) for file in sorted(folder.glob("**/*.swift"))}


def _apple_code() -> dict[str, str]:
    harness = ROOT / "ios_harness"
    folders = (harness / "Sources", harness / "App", harness / "ExecuTorch" / "Sources")
    return {name: text for folder in folders for name, text in _code(folder).items()}


@pytest.mark.parametrize("word", ["assumingMemoryBound", "bindMemory", "dataPointer", "mach_absolute_time"])
def test_no_source_reads_memory_as_a_type_that_it_assumes_or_ticks_as_nanoseconds(word: str) -> None:
    code = _apple_code()
    assert code
    assert [name for name, text in code.items() if word in text] == []


def test_arrays_of_core_ml_are_read_in_one_file() -> None:
    readers = [name for name, text in _apple_code().items() if re.search(r"\.withUnsafeBytes \{ \[UInt8\]", text)]
    code = _code(ROOT / "ios_harness" / "Sources" / "HarnessCoreML")
    assert [name for name in readers if name in code] == ["ArrayReader.swift"]


def test_every_core_ml_source_is_left_out_where_core_ml_is_not() -> None:
    folder = ROOT / "ios_harness" / "Sources" / "HarnessCoreML"
    for file in folder.glob("*.swift"):
        lines = file.read_text().split("\n")
        assert lines[0].startswith("#if canImport(CoreML)"), file.name
        assert lines[-2] == "#endif", file.name


def test_executorch_is_linked_whole_and_is_no_part_of_the_harness_s_own_package() -> None:
    own = (ROOT / "ios_harness" / "Package.swift").read_text()
    second = (ROOT / "ios_harness" / "ExecuTorch" / "Package.swift").read_text()
    assert "executorch" not in own.lower()
    assert "-all_load" in second
    for product in ("executorch", "backend_xnnpack", "kernels_optimized", "kernels_quantized"):
        assert f'.product(name: "{product}", package: "executorch")' in second


def test_stand_ins_are_made_after_those_that_they_import() -> None:
    order = typed.stub_modules()
    assert order.index("CoreVideo") < order.index("CoreML")
    assert order.index("FoundationOnApple") < order.index("CoreGraphics")
