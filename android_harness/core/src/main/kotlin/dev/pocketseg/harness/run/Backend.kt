package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.Manifest
import dev.pocketseg.harness.core.RawOutput
import java.io.Closeable
import java.io.File

/** A file that is to be run: where it lies, what its manifest says, what shall run it, threads of the runtime. */
class Wanted(val file: File, val manifest: Manifest, val accelerator: String, val threads: Int)

/**
 * A runtime of the app; docs/bundle.md calls it `runtime`.
 *
 * [name]: as `pocketseg targets` has it: `litert`, `ort`, `executorch`, `torchmobile`. [tool], [version]: the library, and
 * its version where that is known. [label]: what a table must say of a runtime that is no real one; mostly empty.
 */
class RuntimeFacts(val name: String, val tool: String, val version: String?, val label: String = "")

/** One runtime; a file of its own each. No other file of the app imports a runtime's classes. */
interface Backend {
    val facts: RuntimeFacts

    /** Say why this app or this device cannot run the file as asked; null where nothing is known against it. */
    fun refusal(wanted: Wanted): String?

    /** Load the file until it can run. Throws [CannotRun]; whatever else is thrown failed by itself. */
    fun open(wanted: Wanted): Session
}

/** A file that is loaded. One thread opens, runs and closes it. */
interface Session : Closeable {
    /** What was asked and what runs it, as far as the runtime says; never a guess. */
    val accelerator: AcceleratorPart

    /** Threads that the runtime took; 0 where it chooses, null where it does not say. */
    val threads: Int?

    /** Put the next input in place: the bytes that [dev.pocketseg.harness.core.InputTensor] makes. Not timed. */
    fun fill(input: ByteArray)

    /**
     * Run, and return once every output was read into memory of this session's own, which the next run overwrites.
     *
     * So a run's time ends with its output in hand, also where an accelerator works behind the runtime's back.
     */
    fun run(): List<RawOutput>
}

/** This file cannot run here as asked; the message says why, for people. */
class CannotRun(message: String, cause: Throwable? = null) : Exception(message, cause)
