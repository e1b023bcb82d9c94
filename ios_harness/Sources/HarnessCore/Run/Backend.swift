import Foundation

/// A file that is to be run: where it lies, what its manifest says, what shall run it, threads of the runtime.
///
/// `folder`: the backend's own, for what it makes of the file and may keep from launch to launch (a compiled package).
public struct Wanted: Sendable {
  public var file: URL
  public var manifest: Manifest
  public var accelerator: String
  public var threads: Int
  public var folder: URL

  public var purpose: Purpose

  public init(
    file: URL, manifest: Manifest, accelerator: String, threads: Int, folder: URL, purpose: Purpose = .time
  ) {
    self.file = file
    self.manifest = manifest
    self.accelerator = accelerator
    self.threads = threads
    self.folder = folder
    self.purpose = purpose
  }
}

/// What a file is opened for: where memory is measured, a backend makes nothing that a run does not need.
public enum Purpose: Sendable {
  case time, memory
}

/// A runtime of the app; docs/bundle.md calls it `runtime`.
///
/// `name`: as a record has it: `coreml`, `executorch`; see `RuntimeNames`. `tool`, `version`: the library, and its version where
/// that is known. `label`: what a table must say of a runtime that is no real one; mostly empty.
public struct RuntimeFacts: Equatable, Sendable {
  public var name: String
  public var tool: String
  public var version: String?
  public var label: String

  public init(name: String, tool: String, version: String?, label: String = "") {
    self.name = name
    self.tool = tool
    self.version = version
    self.label = label
  }
}

/// One runtime; a file of its own each. No other file of the app uses a runtime's own types.
public protocol Backend: Sendable {
  var facts: RuntimeFacts { get }

  /// Say why this app or this device cannot run the file as asked; nil where nothing is known against it.
  func refusal(_ wanted: Wanted) -> String?

  /// Load the file until it can run. Throws `CannotRun`; whatever else is thrown failed by itself.
  func open(_ wanted: Wanted) async throws -> any Session
}

/// A file that is loaded. One caller at a time fills, runs and reads it; it is unloaded with its last reference.
public protocol Session: AnyObject {
  /// What was asked and what runs it, as far as the runtime says; never a guess.
  var accelerator: AcceleratorPart { get }

  /// Threads that the runtime took; 0 where it chooses, nil where it does not say.
  var threads: Int? { get }

  /// What opening took, part by part.
  var opening: OpeningTimes { get }

  /// Put the next input in place: the bytes that `InputTensor` makes. Not timed.
  func fill(_ input: [UInt8]) throws

  /// Run, and return once the output is there, as whatever ran it holds it: what `outputs` reads.
  ///
  /// So a run's time ends with its output in hand, also where an accelerator works behind the runtime's back.
  func run() async throws

  /// Copy what the last run gave. Not timed.
  func outputs() throws -> [RawOutput]
}

/// What opening a file took. `compileMs`: making the device's own form of it; nil where it was at hand, or there is none.
public struct OpeningTimes: Equatable, Sendable {
  public var compileMs: Double?
  public var loadMs: Double

  public init(compileMs: Double?, loadMs: Double) {
    self.compileMs = compileMs
    self.loadMs = loadMs
  }
}

/// This file cannot run here as asked; the message says why, for people.
public struct CannotRun: Error {
  public let message: String

  public init(_ message: String) { self.message = message }
}
