package dev.pocketseg.harness.core

import kotlin.math.exp
import kotlin.math.hypot
import kotlin.math.ln

/** What a file's turns amount to; null where the method gives no figure. Times in ms, cv and drift as shares. */
data class Statistics(
    val runs: Int,
    val turns: Int,
    val undisturbedTurns: Int,
    val p50Ms: Double? = null,
    val p50LowMs: Double? = null,
    val p50HighMs: Double? = null,
    val p50AllMs: Double? = null,
    val p90Ms: Double? = null,
    val p99Ms: Double? = null,
    val cv: Double? = null,
    val drift: Double? = null,
) {
    /** Half the width of p50's interval, as a share of p50. */
    val halfWidth: Double?
        get() = if (p50Ms == null || p50LowMs == null || p50HighMs == null) null else (p50HighMs - p50LowMs) / 2 / p50Ms
}

/** The figures of docs/method.md, made of turns. */
object Method {
    const val LEAST_UNDISTURBED = 12
    const val HALF_WIDTH = 0.03
    private const val RUN_ALLOWANCE = 0.025
    private const val LEAST_RUNS_P90 = 64
    private const val LEAST_RUNS_P99 = 662
    private const val LEAST_TURNS_DRIFT = 4

    /** Compute what turns amount to. [best]: the least that the yardstick is known to take on this device. */
    fun statisticsOf(turns: List<Turn>, best: Reading, threads: Int): Statistics =
        statistics(turns, Disturbance.undisturbed(turns, best, threads))

    /** Whether a file needs no further turn. */
    fun isEnough(turns: List<Turn>, best: Reading, threads: Int): Boolean {
        val kept = Disturbance.undisturbed(turns, best, threads)
        if (kept.size < LEAST_UNDISTURBED) return false
        val halfWidth = statistics(kept, kept).halfWidth
        return halfWidth != null && halfWidth < HALF_WIDTH
    }

    /** The least of a run's own readings, where no better is known; null without a turn. */
    fun bestOf(turns: List<Turn>): Reading? {
        val readings = turns.flatMap { listOf(it.before, it.after) }
        if (readings.isEmpty()) return null
        return Reading(readings.minOf { it.integerMs }, readings.minOf { it.memoryMs })
    }

    private fun statistics(turns: List<Turn>, kept: List<Turn>): Statistics {
        val counted = if (kept.size >= LEAST_UNDISTURBED) kept else turns
        val runs = runs(counted)
        if (runs.isEmpty()) return Statistics(runs = 0, turns = turns.size, undisturbedTurns = kept.size)
        val p50 = Samples.percentile(runs, 50.0)
        val interval = Intervals.ofMedian(counted.map { it.executeMs })?.let { widened(p50, it) }
        val singles = if (turns.all { it.batch == 1 }) runs else DoubleArray(0) // the spread of means is another
        return Statistics(
            runs = turns.sumOf { it.executeMs.size },
            turns = turns.size,
            undisturbedTurns = kept.size,
            p50Ms = p50,
            p50LowMs = interval?.low,
            p50HighMs = interval?.high,
            p50AllMs = Samples.percentile(runs(turns), 50.0),
            p90Ms = if (singles.size >= LEAST_RUNS_P90) Samples.percentile(singles, 90.0) else null,
            p99Ms = if (singles.size >= LEAST_RUNS_P99) Samples.percentile(singles, 99.0) else null,
            cv = if (singles.size > 1) Samples.deviation(singles) / singles.average() else null,
            drift = drift(counted),
        )
    }

    /** Widen a median's interval by what no run sees from inside; errors add as squares on the log scale. */
    private fun widened(value: Double, interval: Interval): Interval {
        val below = hypot(ln(value / interval.low), RUN_ALLOWANCE)
        val above = hypot(ln(interval.high / value), RUN_ALLOWANCE)
        return Interval(value * exp(-below), value * exp(above))
    }

    private fun drift(turns: List<Turn>): Double? {
        if (turns.size < LEAST_TURNS_DRIFT) return null
        val medians = DoubleArray(turns.size) { Samples.median(turns[it].executeMs) }
        val half = medians.size / 2
        val later = Samples.median(medians.copyOfRange(medians.size - half, medians.size))
        return later / Samples.median(medians.copyOf(half)) - 1
    }

    private fun runs(turns: List<Turn>) = turns.flatMap { it.executeMs.asList() }.toDoubleArray()
}
