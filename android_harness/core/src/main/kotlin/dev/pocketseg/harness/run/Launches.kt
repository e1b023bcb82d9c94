package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.Bundle
import java.io.File

/** Makes a job's launches, one at a time and each behind the gate, or takes what an earlier start of the job has of them. */
internal class Launches(
    private val request: JobRequest,
    private val bundle: Bundle,
    private val work: File,
    private val launcher: Launcher,
    device: Device,
    private val clock: Clock,
    private val effort: JobEffort,
    private val said: Said,
    private val isCancelled: () -> Boolean,
) {
    private val job = bundle.content.job
    private val log = LaunchLog(work)
    private val gate = Gate(device, clock, job.maxTempC, effort)
    private val startNs = clock.nanoTime()
    private val earlierS = log.lastBeganS()

    /** When the first pass began, in seconds since the job did. */
    var firstPassS = 0.0
        private set
    private var hasPassed = false

    /** Whether the last launch was not made, or was one too many, as the battery stayed hot. */
    var isTooHot = false
        private set

    /** Seconds since the job began; those in which it was gone do not count. */
    fun nowS(): Double = earlierS + (clock.nanoTime() - startNs) / 1e9

    /** Where the class maps of a run lie until they are judged. */
    fun maps(run: Int) = File(work, "$run-maps")

    /** When the first launch of a kind and pass began, of those of some runs; null where there was none. */
    fun beganS(kind: LaunchKind, number: Int, places: List<Int>): Double? =
        places.mapNotNull { log.beganS(LaunchRequest.key(it, kind, number)) }.minOrNull()

    /**
     * Let a run take the next step. Throws [JobOver].
     *
     * Where the battery stays hot, one that has its turns but for the last takes no more than that.
     */
    fun take(run: JobRun, kind: LaunchKind, number: Int) {
        val key = LaunchRequest.key(run.place, kind, number)
        val outcome = log.outcome(key) ?: if (run.isRecorded) return else launched(run, kind, number) ?: return
        if (kind != LaunchKind.MEMORY && !hasPassed) {
            hasPassed = true
            firstPassS = outcome.beganS
        }
        run.take(outcome, kind, number, firstPassS)
    }

    /** Null where nothing was started and the run goes on with what it has. */
    private fun launched(run: JobRun, kind: LaunchKind, number: Int): Outcome? {
        checkGoesOn()
        val artifact = bundle.content.artifacts[run.asked.artifact]
        val phase = phase(kind, number) + ": " + artifact.name
        said.now(run.place, phase)
        val closed = gate.pass {
            checkGoesOn()
            said.now(run.place, "waiting: $it")
        }
        isTooHot = closed?.isHeat == true
        val isKept = isTooHot && run.turns.size + 1 >= effort.leastPasses
        if (isKept && kind == LaunchKind.TURN) return null
        val asked = LaunchRequest(
            kind = kind,
            run = run.place,
            number = number,
            bundle = request.bundle,
            artifact = run.asked.artifact,
            file = unpacked(run.asked.artifact),
            accelerator = run.asked.accelerator,
            threads = run.asked.threads,
            photo = unpackedPhoto(),
            maps = maps(run.place),
            beganS = nowS(),
        )
        log.begin(asked)
        if (closed != null && !isKept) return ended(asked, closed.why)
        return launched(asked, limitS(kind))
    }

    private fun launched(asked: LaunchRequest, limitS: Double): Outcome {
        val leftS = job.totalLimitS - nowS()
        val ended = launcher.launch(log.request(asked.key), log.answer(asked.key), minOf(limitS, leftS))
        log.outcome(asked.key)?.let { return it }
        checkGoesOn() // what was ended with the job says nothing of the file
        return ended(asked, ended.sentence(limitS))
    }

    private fun ended(asked: LaunchRequest, failure: String): Outcome {
        log.end(asked.key, failure)
        return Outcome(asked.beganS, null, Reasons.clean(failure))
    }

    private fun checkGoesOn() {
        if (isCancelled()) throw JobOver("cancelled")
        if (nowS() >= job.totalLimitS) {
            throw JobOver("the job is not done after ${job.totalLimitS} s, which the bundle sets as its limit")
        }
    }

    /** Loading and each answer of up to eight photos may take what the bundle allows for one. */
    private fun limitS(kind: LaunchKind): Double {
        val answers = when (kind) {
            LaunchKind.MEMORY -> 2
            LaunchKind.TURN -> 3
            LaunchKind.FINAL -> 5 + (bundle.content.photos.size + 1 + BATCH - 1) / BATCH
        }
        return answers * job.runLimitS.toDouble()
    }

    private fun phase(kind: LaunchKind, number: Int) = when (kind) {
        LaunchKind.MEMORY -> "memory"
        LaunchKind.TURN -> "pass ${number + 1}"
        LaunchKind.FINAL -> "last turn, and its output"
    }

    /** Unpack an artifact once; a package with its folder. */
    private fun unpacked(place: Int): File {
        val artifact = bundle.content.artifacts[place]
        for (name in artifact.files(bundle.content.files.keys)) unpack(name)
        return File(work, "files/" + artifact.file)
    }

    private fun unpackedPhoto(): File = unpack(bundle.content.photos[0].file)

    private fun unpack(name: String): File {
        val to = File(work, "files/$name")
        if (to.length() != bundle.content.files.getValue(name).sizeBytes) bundle.extract(name, to)
        return to
    }

    private companion object {
        const val BATCH = 8
    }
}
