package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.BundlePart
import dev.pocketseg.harness.core.Conditions
import dev.pocketseg.harness.core.DevicePart
import dev.pocketseg.harness.core.Hashes
import dev.pocketseg.harness.core.LoadPart
import dev.pocketseg.harness.core.Method
import dev.pocketseg.harness.core.Moment
import dev.pocketseg.harness.core.PhotoResult
import dev.pocketseg.harness.core.ProgramPart
import dev.pocketseg.harness.core.RecordDocument
import dev.pocketseg.harness.core.RunPart
import dev.pocketseg.harness.core.RuntimePart
import dev.pocketseg.harness.core.Verdict
import dev.pocketseg.harness.core.Yardstick
import dev.pocketseg.harness.core.YardstickPart
import dev.pocketseg.harness.core.seen

/** Composes the record of a run that is over, with the reason of everything that is not known; docs/record.md. */
internal class RecordMaker(
    private val request: JobRequest,
    private val bundle: Bundle,
    private val device: Pair<DevicePart, Map<String, String>>,
    private val startedAtMs: Long,
    private val firstPassS: () -> Double,
) {
    /** Of a run that went well. [checked]: what its class maps came to. */
    fun ok(run: JobRun, best: Best, checked: MapsTaken): RecordDocument {
        val weighed = run.answers.first()
        val last = run.answers.last()
        val session = last.session!!
        val threads = session.threads ?: run.asked.threads
        val after = last.checked!!
        val statistics = Method.statisticsOf(run.turns, best.reading, threads)
        val start = weighed.start!!
        val end = last.end!!
        val conditions = Conditions(
            isBestKnown = best.isKnown,
            isDebugBuild = run.answers.any { it.isDebugBuild },
            hasDebugger = run.answers.any { it.hasDebugger },
            isSimulator = device.first.isSimulator,
            isTest = request.launch == "test",
            acceleratorAsked = run.asked.accelerator,
            acceleratorObtained = session.accelerator.obtained,
            golden = checked.golden.status,
            goldenReason = checked.golden.reason,
        ).seen(start.state, run.turns, end.state)
        val reachedAt = if (best.isKnown) Moment.text(best.reachedAtMs) else null
        val load = LoadPart(weighed.opened!!.loadMs, after.loadAgainMs, weighed.opened.firstMs, COLD, null)
        val gaps = gaps(run)
        gaps.ofState("/state/start", start)
        gaps.ofState("/state/end", end)
        gaps.below("/memory", weighed.memory!!.unknown)
        gaps.of("/load/warm_ms", after.loadAgainMs, after.why)
        gaps.of("/load/state", null, "nothing says whether a runtime or a driver had compiled it before")
        gaps.of("/yardstick/best/reached_at", reachedAt, "it was measured for this run alone")
        gaps.ofTurns(run.turns, run.turnUnknown)
        return document(run, gaps, checked.results).copy(
            accelerator = session.accelerator,
            start = start.state,
            end = end.state,
            conditions = conditions,
            load = load,
            memory = weighed.memory.part,
            warmUpRuns = run.answers[1].opened!!.warmUpRuns,
            yardstick = YardstickPart(Yardstick.VERSION, best.reading, reachedAt),
            turns = run.turns,
            endToEnd = after.passages.map { it.copy(atS = maxOf(0.0, run.lastBeganS - firstPassS()) + it.atS) },
            golden = checked.golden,
            statistics = statistics,
            verdict = Verdict.of(statistics, conditions),
        )
    }

    /** Of a run that was refused or failed. */
    fun ended(run: JobRun): RecordDocument {
        val gaps = gaps(run)
        gaps.ofAll(run.reason)
        return document(run, gaps, bundle.content.photos.map { PhotoResult(null, null) })
    }

    private fun document(run: JobRun, gaps: RecordGaps, results: List<PhotoResult>): RecordDocument {
        val content = bundle.content
        val artifact = content.artifacts[run.asked.artifact]
        return RecordDocument(
            status = run.status.code,
            reason = run.reason,
            run = RunPart(
                Hashes.sha256("run of job ${request.job}".toByteArray()).take(ID_DIGITS),
                run.place,
                content.job.runs.size,
                Moment.text(startedAtMs),
                content.job.seed,
            ),
            program = program(run),
            artifact = bundle.manifest(run.asked.artifact),
            manifestSha256 = content.files.getValue(artifact.manifest).sha256,
            runtime = runtime(run),
            device = device.first,
            accelerator = accelerator(run),
            start = null,
            end = null,
            conditions = null,
            load = null,
            memory = null,
            warmUpRuns = null,
            yardstick = null,
            turns = emptyList(),
            endToEnd = emptyList(),
            golden = null,
            statistics = null,
            verdict = null,
            bundle = BundlePart(bundle.sha256, request.job, run.place, content.photos, results),
            unknown = gaps.all(),
        )
    }

    private fun program(run: JobRun): ProgramPart {
        val isDebug = run.answers.any { it.isDebugBuild }
        val hasDebugger = if (run.answers.isEmpty()) null else run.answers.any { it.hasDebugger }
        return ProgramPart(
            request.program,
            request.version,
            request.commit,
            if (isDebug) "debug" else "release",
            hasDebugger,
            request.launch,
        )
    }

    private fun runtime(run: JobRun): RuntimePart {
        val facts = run.answers.firstNotNullOfOrNull { it.runtime }
        return RuntimePart(
            bundle.content.artifacts[run.asked.artifact].runtime,
            facts?.tool,
            facts?.version,
            run.asked.threads,
            run.answers.lastOrNull { it.session != null }?.session?.threads,
            facts?.label.orEmpty(),
            DesktopVersion.of(bundle, run.asked.artifact),
        )
    }

    /** What a run that did not come to its end was asked for alone: whatever it obtained has run nothing that counts. */
    private fun accelerator(run: JobRun) = AcceleratorPart(run.asked.accelerator, null, null, null, null, null)

    private fun gaps(run: JobRun): RecordGaps {
        val gaps = RecordGaps()
        gaps.below("/device", device.second.mapKeys { it.key.removePrefix("/device/") })
        gaps.ofProgram(program(run), runtime(run), run.isLive)
        val obtained = run.answers.lastOrNull()?.session?.accelerator.takeIf { run.isLive } ?: accelerator(run)
        gaps.ofAccelerator(obtained, run.isLive)
        return gaps
    }

    private companion object {
        const val ID_DIGITS = 32
        const val COLD = "a fresh process, the first of this job that loaded the file; the system may have had the " +
            "file's bytes in memory, as the bundle was unpacked and checked before"
    }
}
