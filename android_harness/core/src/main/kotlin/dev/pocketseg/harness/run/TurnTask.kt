package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AtomicFile
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.InputTensor
import dev.pocketseg.harness.core.Manifest
import dev.pocketseg.harness.core.Passage
import dev.pocketseg.harness.core.Refused
import java.io.Closeable
import java.io.File

/**
 * What the process of one launch does: it loads one file, does what was asked, and leaves an answer.
 *
 * docs/bundle.md, "What an app does", and docs/method.md, "Turns and passes". Whatever goes wrong is in the answer, as
 * long as the process can still write one. One thread does it all, since some runtimes ask for that.
 */
object TurnTask {
    /** Do what [request] says, and leave [answer], which is there once it is whole. Throws [Refused] if it cannot be. */
    fun run(request: File, answer: File, backends: List<Backend>, device: Device, effort: TurnEffort = TurnEffort()) {
        val startNs = System.nanoTime()
        val found = try {
            Launch(LaunchRequest.read(request), backends, device, effort, startNs).answer()
        } catch (error: Throwable) {
            failed(Answer(), error)
        }
        AtomicFile.write(answer, AnswerWriter.write(found).toByteArray(Charsets.UTF_8))
    }

    /** Say what was thrown; memory that ran out is thrown, too, and leaves enough for an answer. */
    internal fun failed(sofar: Answer, error: Throwable): Answer {
        val said = error.message.orEmpty()
        val (status, reason) = when (error) {
            is CannotRun -> AnswerStatus.REFUSED to said.ifEmpty { "the runtime does not run it" }
            is OutOfMemoryError -> AnswerStatus.FAILED to "it ran out of memory: $said"
            is Refused, is AnswerRefused, is WrongOutput -> AnswerStatus.FAILED to said
            else -> AnswerStatus.FAILED to "${error.javaClass.simpleName}: $said"
        }
        return sofar.copy(status = status, reason = Reasons.clean(reason))
    }
}

/** What a file gave is none of what its manifest promises, or no number. */
internal class WrongOutput(message: String) : Exception(message)

/** One launch in its process. */
private class Launch(
    private val request: LaunchRequest,
    private val backends: List<Backend>,
    private val device: Device,
    private val effort: TurnEffort,
    private val startNs: Long,
) {
    private var found = Answer(isDebugBuild = device.isDebugBuild, hasDebugger = device.hasDebugger)

    fun answer(): Answer {
        val answer = try {
            Bundle.open(request.bundle).use(::work)
            found
        } catch (error: Throwable) {
            TurnTask.failed(found, error)
        }
        // One may have come while it worked.
        return answer.copy(hasDebugger = answer.hasDebugger || device.hasDebugger)
    }

    private fun work(bundle: Bundle) {
        found = found.copy(start = seen())
        val artifact = bundle.content.artifacts.getOrNull(request.artifact)
            ?: throw CannotRun("the bundle has no artifact ${request.artifact}")
        val backend = backends.firstOrNull { it.facts.name == artifact.runtime }
            ?: throw CannotRun("this app has no runtime ${artifact.runtime}; it has ${names()}")
        found = found.copy(runtime = backend.facts)
        val manifest = bundle.manifest(request.artifact)
        if (manifest.inputs.size != 1) throw CannotRun("it takes ${manifest.inputs.size} inputs, and a photo is one")
        val wanted = Wanted(request.file, manifest, request.accelerator, request.threads)
        backend.refusal(wanted)?.let { throw CannotRun(it) }
        val input = input(bundle, manifest, artifact.input, 0)
        when (request.kind) {
            LaunchKind.MEMORY -> weigh(backend, wanted, input)
            LaunchKind.TURN -> turn(backend, wanted, input) { }
            LaunchKind.FINAL -> turn(backend, wanted, input) { session ->
                val check = OutputCheck(bundle, request, manifest, session, device, startNs)
                check.keepMaps(artifact.input)
                val passages = check.passages()
                found = found.copy(checked = openedAgain(backend, wanted, passages))
            }
        }
        found = found.copy(end = seen())
    }

    private fun names() = backends.joinToString(", ") { it.facts.name }.ifEmpty { "none" }

    private fun weigh(backend: Backend, wanted: Wanted, input: ByteArray) {
        System.gc()
        val before = device.memoryBytes()
        open(backend, wanted).use { (session, loadMs) ->
            val loaded = device.memoryBytes()
            session.fill(input)
            val firstMs = timedMs { Outputs.of(session) }
            repeat(MEMORY_RUNS - 1) { Outputs.of(session) }
            val weighed = Weighing.of(before, loaded, device.peakMemoryBytes(), MEMORY_RUNS, device.memoryMetric)
            found = found.copy(memory = weighed, opened = Opened(loadMs, firstMs, 0))
        }
    }

    private fun turn(backend: Backend, wanted: Wanted, input: ByteArray, afterwards: (Session) -> Unit) {
        open(backend, wanted).use { (session, loadMs) ->
            session.fill(input)
            val firstMs = timedMs { Outputs.of(session) }
            val taker = TurnTaker(session, device, effort)
            val warmUpRuns = taker.warmUp()
            found = found.copy(opened = Opened(loadMs, firstMs, 1 + warmUpRuns))
            val offsetMs = (System.nanoTime() - startNs) / 1e6
            found = found.copy(turn = taker.take(offsetMs))
            afterwards(session)
        }
    }

    private fun open(backend: Backend, wanted: Wanted): Loaded {
        val start = System.nanoTime()
        val session = OneAtATime(backend.open(wanted))
        val loadMs = (System.nanoTime() - start) / 1e6
        // Some runtimes know their own version only once they are loaded.
        found = found.copy(session = SessionSeen(session.accelerator, session.threads), runtime = backend.facts)
        return Loaded(session, loadMs)
    }

    private fun openedAgain(backend: Backend, wanted: Wanted, passages: List<Passage>) = try {
        val start = System.nanoTime()
        val again = backend.open(wanted)
        val loadMs = (System.nanoTime() - start) / 1e6
        again.close()
        Checked(passages, loadMs, "")
    } catch (error: CannotRun) {
        Checked(passages, null, Reasons.clean("it was not loaded a second time: ${error.message}"))
    }

    private fun seen() = device.state().let { (state, unknown) -> Seen(state, unknown) }

    private fun timedMs(work: () -> Unit): Double {
        val start = System.nanoTime()
        work()
        return (System.nanoTime() - start) / 1e6
    }

    private companion object {
        const val MEMORY_RUNS = 5
    }
}

/** A loaded file and what that took; closed with it. */
private class Loaded(private val session: Session, private val loadMs: Double) : Closeable by session {
    operator fun component1() = session
    operator fun component2() = loadMs
}

/** The bytes of a photo as the file takes them; none is no photo. */
internal fun input(bundle: Bundle, manifest: Manifest, input: Int, photo: Int): ByteArray {
    val bytes = InputTensor.bytes(bundle.photo(input, photo), manifest.inputs[0])
    if (bytes.isEmpty()) throw WrongOutput("photo $photo gives an empty input")
    return bytes
}
