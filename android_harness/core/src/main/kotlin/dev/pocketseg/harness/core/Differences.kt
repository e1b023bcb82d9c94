package dev.pocketseg.harness.core

import kotlin.math.exp
import kotlin.math.hypot
import kotlin.math.ln
import kotlin.math.ln1p

/** A difference, or a ratio, with its interval, null for too small a sample. [none]: the value of no difference. */
data class Difference(val value: Double, val interval: Interval?, val none: Double) {
    /** Whether the sample shows a difference. */
    val isShown: Boolean get() = interval != null && (interval.low > none || interval.high < none)
}

/** Two files compared, at 95 % over the number of pairs that are looked at; docs/method.md, "Comparing two files". */
object Differences {
    private const val LEAST_PHOTOS = 10

    /** How many times the first's latency is of the second's, where both took turns in the same passes. */
    fun ratio(first: List<DoubleArray>, second: List<DoubleArray>, pairs: Int, allowance: Double): Difference {
        val logs = DoubleArray(first.size) { ln(Samples.median(first[it]) / Samples.median(second[it])) }
        if (logs.size < 2) return Difference(logs.firstOrNull()?.let(::exp) ?: Double.NaN, null, none = 1.0)
        val drawn = DoubleArray(Draws.ROUNDS) { round ->
            val start = round.toLong() * logs.size
            Samples.median(DoubleArray(logs.size) { logs[Draws.draw(start + it, logs.size)] })
        }
        return ofLogs(Samples.median(logs), Samples.deviation(drawn), pairs, allowance)
    }

    /** How many times the first's latency is of the second's, where they were measured at other times. */
    fun unpairedRatio(first: List<DoubleArray>, second: List<DoubleArray>, pairs: Int, allowance: Double): Difference {
        val value = ln(medianOfAll(first) / medianOfAll(second))
        if (minOf(first.size, second.size) < 2) return Difference(exp(value), null, none = 1.0)
        return ofLogs(value, hypot(spread(first), spread(second)), pairs, allowance)
    }

    /** The first's mIoU less the second's, over the same photos in order. */
    fun ofMiou(first: List<Confusion>, second: List<Confusion>, pairs: Int): Difference {
        val value = (total(first).miou() ?: 0.0) - (total(second).miou() ?: 0.0)
        if (first.size < LEAST_PHOTOS) return Difference(value, null, none = 0.0)
        val ours = Intervals.resampledMious(first)
        val theirs = Intervals.resampledMious(second)
        val reach = errors(pairs) * Samples.deviation(DoubleArray(ours.size) { ours[it] - theirs[it] })
        return Difference(value, Interval(value - reach, value + reach), none = 0.0)
    }

    /** The one matrix over all photos. */
    fun total(photos: List<Confusion>): Confusion =
        Confusion(photos[0].classes).also { sum -> photos.forEach { sum.add(it.counts) } }

    private fun ofLogs(value: Double, spread: Double, pairs: Int, allowance: Double): Difference {
        val reach = errors(pairs) * spread + ln1p(allowance)
        return Difference(exp(value), Interval(exp(value - reach), exp(value + reach)), none = 1.0)
    }

    private fun errors(pairs: Int) = Normal.quantile(1 - 0.05 / maxOf(1, pairs) / 2)

    private fun medianOfAll(turns: List<DoubleArray>) = Samples.median(turns.flatMap { it.asList() }.toDoubleArray())

    private fun spread(turns: List<DoubleArray>): Double {
        val medians = Intervals.resampledMedians(turns)
        return Samples.deviation(DoubleArray(medians.size) { ln(medians[it]) })
    }
}
