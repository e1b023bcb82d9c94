package dev.pocketseg.harness.screens

import android.content.Context
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.Arithmetic
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.BundlePart
import dev.pocketseg.harness.core.Conditions
import dev.pocketseg.harness.core.DevicePart
import dev.pocketseg.harness.core.GoldenResult
import dev.pocketseg.harness.core.GoldenStatus
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.LoadPart
import dev.pocketseg.harness.core.MemoryPart
import dev.pocketseg.harness.core.Method
import dev.pocketseg.harness.core.Passage
import dev.pocketseg.harness.core.PhotoResult
import dev.pocketseg.harness.core.ProgramPart
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.core.Reading
import dev.pocketseg.harness.core.RecordDocument
import dev.pocketseg.harness.core.Results
import dev.pocketseg.harness.core.RunPart
import dev.pocketseg.harness.core.RuntimePart
import dev.pocketseg.harness.core.StatePart
import dev.pocketseg.harness.core.Turn
import dev.pocketseg.harness.core.Verdict
import dev.pocketseg.harness.core.YardstickPart

/** Results of the sample bundle as they could come out; nothing in them was measured. */
object SampleJob {
    const val JOB = "fedcba9876543210fedcba9876543210"
    private const val AT = "2026-01-02T03:04:05.678Z"
    private val best = Reading(0.4, 0.75)

    /** A job that has ended: records of every kind. */
    fun finished(context: Context, sha256: String) = write(context, sha256, JobState.FINISHED, 5, "", null)

    /** A job in which the third file is at its turns. */
    fun running(context: Context, sha256: String) =
        write(context, sha256, JobState.RUNNING, 2, "pass 3 of 12: u2netp-fp32-320x192.onnx", null)

    fun progress(bundle: String, state: JobState, run: Int, phase: String, reason: String?) =
        Progress(JOB, bundle, state, run, 5, phase, reason, AT)

    private fun write(context: Context, sha256: String, state: JobState, done: Int, phase: String, reason: String?) {
        val results = Results(Places.jobs(context), JOB)
        Bundle.open(Places.bundles(context).file(sha256)).use { bundle ->
            for (run in 0 until done) results.addRecord(run, document(bundle, run).sealed())
        }
        results.write(progress(sha256, state, done, phase, reason))
    }

    fun document(bundle: Bundle, run: Int): RecordDocument = when (run) {
        0 -> ok(bundle, run, spread = 0.0625, isBestKnown = true, GoldenStatus.PASSED)
        1 -> ok(bundle, run, spread = 0.12, isBestKnown = false, GoldenStatus.PASSED)
        2 -> ok(bundle, run, spread = 0.0625, isBestKnown = true, GoldenStatus.FAILED)
        3 -> gone(bundle, run, "failed", "the process was ended by signal 11 (SIGSEGV)")
        else -> gone(bundle, run, "refused", "the GPU delegate does not know two operations of this file")
    }

    private fun ok(
        bundle: Bundle,
        run: Int,
        spread: Double,
        isBestKnown: Boolean,
        golden: GoldenStatus,
    ): RecordDocument {
        val turns = List(14) { turn(it, 6, 8.25 * (run + 1), spread) }
        val statistics = Method.statisticsOf(turns, best, threads = 4)
        val why = if (golden == GoldenStatus.FAILED) {
            "photo 3 is as the desktop's run gave it on 91.20% of its pixels, and 99.00% is asked: it looks mirrored"
        } else {
            ""
        }
        val conditions = Conditions(isBestKnown = isBestKnown, golden = golden, goldenReason = why)
        val asked = bundle.content.job.runs[run]
        return RecordDocument(
            status = "ok",
            reason = "",
            run = RunPart("0123456789abcdef0123456789abcdef", run, 5, AT, bundle.content.job.seed),
            program = ProgramPart("harness", "0.1.0", null, "release", false, "test"),
            artifact = bundle.manifest(asked.artifact),
            manifestSha256 = bundle.content.files.getValue(bundle.content.artifacts[asked.artifact].manifest).sha256,
            runtime = RuntimePart(bundle.content.artifacts[asked.artifact].runtime, "drawn", "2.16.1", 4, 4),
            device = DevicePart("A maker", "A phone", null, null, null, 8, 1L shl 33, "Android 15", "arm64", null),
            accelerator = AcceleratorPart("cpu", "cpu", null, null, null, Arithmetic.FLOAT32),
            start = StatePart(AT, "battery", 31.5, "", false, true, null, null, null, null),
            end = null,
            conditions = conditions,
            load = LoadPart(512.25, 20.5, null, "a fresh process", "first"),
            memory = MemoryPart(40_000_000, 45_000_000, 50_000_000L + run * 12_345_678, 5, "pss"),
            warmUpRuns = 10,
            yardstick = YardstickPart("kotlin-1", best, null),
            turns = turns,
            endToEnd = listOf(Passage(60.0, 12.5, 8.25, 9.75)),
            golden = GoldenResult(golden, why, 983_040, if (golden == GoldenStatus.FAILED) 0.088 else 0.002, 0.01),
            statistics = statistics,
            verdict = Verdict.of(statistics, conditions),
            bundle = bundlePart(bundle, run, PhotoResult("ab".repeat(32), 0.9982)),
            unknown = UNKNOWN,
        )
    }

    private fun gone(bundle: Bundle, run: Int, status: String, reason: String): RecordDocument {
        val why = "it did not run"
        val parts =
            listOf("accelerator", "conditions", "load", "memory", "warm_up_runs", "yardstick", "golden", "statistics")
        val kept = UNKNOWN.filterKeys { it.split("/")[1] in setOf("program", "device", "runtime", "state") }
        return ok(bundle, run, 0.0, isBestKnown = true, GoldenStatus.PASSED).copy(
            status = status,
            reason = reason,
            accelerator = null,
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
            bundle = bundlePart(bundle, run, PhotoResult(null, null)),
            unknown = kept + parts.associate { "/$it" to why } +
                mapOf("/bundle/photos/*/map_sha256" to why, "/bundle/photos/*/agreement" to why),
        )
    }

    private fun bundlePart(bundle: Bundle, run: Int, result: PhotoResult) =
        BundlePart(bundle.sha256, JOB, run, bundle.content.photos, bundle.content.photos.map { result })

    private fun turn(number: Int, runs: Int, ms: Double, spread: Double): Turn {
        val executeMs = DoubleArray(runs) { ms * (1 + spread * ((number * 7 + it) % 5 - 2)) }
        return Turn(
            number = number,
            startedS = 1.5 * number,
            before = best,
            after = best,
            wallMs = executeMs.sum() + 0.75,
            cpuMs = 4 * executeMs.sum(),
            waitedMs = 0.0625,
            othersMs = null,
            stolenMs = null,
            switches = null,
            atMs = DoubleArray(runs) { 2 * ms * it },
            executeMs = executeMs,
        )
    }

    private const val SILENT = "this system does not say"

    private val UNKNOWN = listOf(
        "/program/commit",
        "/device/soc",
        "/device/cpu",
        "/device/cpu_features",
        "/device/simulator",
        "/accelerator/nodes",
        "/accelerator/nodes_delegated",
        "/state/end",
        "/state/start/load_1min",
        "/state/start/governor",
        "/state/start/busy_cores",
        "/state/start/frequency_share",
        "/conditions/others_before",
        "/conditions/others_during",
        "/conditions/others_after",
        "/conditions/stolen",
        "/conditions/swapped_bytes",
        "/load/first_inference_ms",
        "/yardstick/best/reached_at",
        "/turns/*/others_ms",
        "/turns/*/stolen_ms",
        "/turns/*/switches",
        "/turns/*/pre_ms",
        "/turns/*/post_ms",
    ).associateWith { SILENT }
}
