package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AskedPart
import dev.pocketseg.harness.core.AtomicFile
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.JsonWriter
import dev.pocketseg.harness.core.Method
import dev.pocketseg.harness.core.RecordRefused
import dev.pocketseg.harness.core.Results
import dev.pocketseg.harness.core.jsonObject
import java.io.File

/**
 * In which order a job's launches come: each file's memory, passes over all files, and of each a last turn with its outputs.
 *
 * A run that drops out gets its record at once; the others go on.
 */
internal class JobPlan(
    private val request: JobRequest,
    private val bundle: Bundle,
    private val results: Results,
    private val work: File,
    private val bestKept: BestKept,
    launcher: Launcher,
    device: Device,
    private val clock: Clock,
    private val effort: JobEffort,
    private val said: Said,
    isCancelled: () -> Boolean,
) {
    private val job = bundle.content.job
    private val startedAtMs = startedAtMs()
    private val launches = Launches(request, bundle, work, launcher, device, clock, effort, said, isCancelled)
    private val maker = RecordMaker(request, bundle, device.facts(), startedAtMs) { launches.firstPassS }
    private val kept = bestKept.read(clock.epochMs())
    private val runs = job.runs.mapIndexed { place, asked ->
        JobRun(place, asked, isRecorded = File(results.folder, "$place.json").exists())
    }
    private val wanted = runs.filter { request.only == null || it.place in request.only }
    private val count = StepCount(said::steps)

    /** Run it all. Throws [JobOver], [dev.pocketseg.harness.core.Refused]. */
    fun run() {
        val planned = maxOf(effort.leastPasses, job.passes) - 1
        for (run in wanted) if (!run.isRecorded) count.plan(run.place, planned + 2) // beside its memory and last turn
        for (run in wanted) step(run, LaunchKind.MEMORY, 0)
        for (pass in 0 until planned) takeTurns(pass) { true }
        val passes = if (job.passes == 1) planned else planned + further(planned)
        for (place in Orders.of(job.seed, passes, runs.size)) {
            val run = runs[place]
            if (run !in wanted) continue
            step(run, LaunchKind.FINAL, passes)
            if (run.isLive && !run.isRecorded) finish(run)
        }
        best()?.let(bestKept::write)
        if (wanted.size < runs.size && runs.any { !File(results.folder, "${it.place}.json").exists() }) {
            throw JobOver(AskedPart(wanted.size, runs.size).sentence)
        }
    }

    /** Let those that have not enough go on, until the ceiling; return in how many passes. */
    private fun further(planned: Int): Int {
        val live = runs.count { it in wanted && it.isLive }
        val longestS = effort.ceilingS + effort.furtherFileS * maxOf(0, live - 1)
        val open = wanted.filter { !it.isRecorded }.map { it.place }
        val startS = launches.beganS(LaunchKind.TURN, planned, open) ?: launches.nowS()
        var pass = planned
        while (pass < MOST_PASSES) {
            val wanting = runs.filter { it in wanted && it.isLive && !hasEnough(it) }
            val wentOn = launches.beganS(LaunchKind.TURN, pass, open) != null
            val stopped = launches.beganS(LaunchKind.FINAL, pass, open) != null
            val mayGoOn = !stopped && !launches.isTooHot && launches.nowS() - startS < longestS
            val goesOn = wentOn || (mayGoOn && wanting.isNotEmpty())
            if (!goesOn) break
            for (run in wanting) if (!run.isRecorded) count.plan(run.place, 1)
            takeTurns(pass) { it in wanting }
            pass++
        }
        return pass - planned
    }

    private fun takeTurns(pass: Int, wants: (JobRun) -> Boolean) {
        for (place in Orders.of(job.seed, pass, runs.size)) {
            val run = runs[place]
            if (run in wanted && wants(run)) step(run, LaunchKind.TURN, pass)
        }
    }

    private fun step(run: JobRun, kind: LaunchKind, number: Int) {
        if (!run.isLive) return
        if (!run.isRecorded) count.begin()
        launches.take(run, kind, number)
        if (!run.isRecorded) count.end(run.place)
        if (!run.isLive) count.drop(run.place)
        if (!run.isLive && !run.isRecorded) results.addRecord(run.place, maker.ended(run).sealed())
    }

    private fun finish(run: JobRun) {
        val session = run.answers.last().session!!
        val sealed = try {
            val maps = launches.maps(run.place)
            val checked = MapsTaken.of(bundle, run.asked.artifact, session.accelerator, maps, results)
            maker.ok(run, best()!!, checked).sealed()
        } catch (error: AnswerRefused) {
            run.drop(AnswerStatus.FAILED, error.message.orEmpty())
            maker.ended(run).sealed()
        } catch (error: RecordRefused) {
            run.drop(AnswerStatus.FAILED, "what its processes said makes no record: ${error.message}")
            maker.ended(run).sealed()
        }
        results.addRecord(run.place, sealed)
    }

    /** The last turn is one more than there are. */
    private fun hasEnough(run: JobRun): Boolean =
        run.turns.size + 1 >= Method.LEAST_UNDISTURBED && Method.isEnough(run.turns, best()!!.reading, run.threads)

    private fun best(): Best? = Best.of(kept, runs.flatMap { it.turns }, startedAtMs)

    /** When the job first began: it may have been started again. */
    private fun startedAtMs(): Long {
        val file = File(work, "job.json")
        try {
            if (file.isFile) return Strict.read(file, MOST_BYTES).whole("started_at_ms", LATEST_MS)
        } catch (_: AnswerRefused) {
            file.delete()
        }
        val now = clock.epochMs()
        AtomicFile.write(file, JsonWriter.write(jsonObject("started_at_ms" to now)).toByteArray(Charsets.UTF_8))
        return now
    }

    private companion object {
        const val MOST_PASSES = 1500
        const val MOST_BYTES = 4096L
        const val LATEST_MS = 1L shl 48
    }
}
