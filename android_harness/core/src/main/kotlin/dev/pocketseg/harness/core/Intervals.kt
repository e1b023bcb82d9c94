package dev.pocketseg.harness.core

/** Both ends of an interval. */
data class Interval(val low: Double, val high: Double)

/** How sure a median or a score is: 95 % intervals of percentile bootstraps; docs/method.md, "Figures". */
object Intervals {
    private const val LEAST_PHOTOS = 10
    private const val LOW_PERCENT = 2.5
    private const val HIGH_PERCENT = 97.5

    /** The interval of the median over all runs of the turns, whole turns drawn; null for fewer than two turns. */
    fun ofMedian(turns: List<DoubleArray>): Interval? = if (turns.size < 2) null else ends(resampledMedians(turns))

    /** The interval of the mIoU over photos, from their matrices; null for fewer than ten. */
    fun ofMiou(photos: List<Confusion>): Interval? =
        if (photos.size < LEAST_PHOTOS) null else ends(resampledMious(photos))

    /** The medians over the runs of drawn turns, one a round. */
    internal fun resampledMedians(turns: List<DoubleArray>): DoubleArray {
        val turnOf = turns.flatMapIndexed { place, turn -> List(turn.size) { place } }
        val values = turns.flatMap { it.asList() }
        val order = values.indices.sortedBy { values[it] }
        val sorted = DoubleArray(order.size) { values[order[it]] }
        val owner = IntArray(order.size) { turnOf[order[it]] }
        return DoubleArray(Draws.ROUNDS) { weightedMedian(sorted, owner, Draws.timesDrawn(it, turns.size), turns) }
    }

    /** The median where each value stands as often as its turn was drawn. */
    private fun weightedMedian(
        sorted: DoubleArray,
        owner: IntArray,
        times: IntArray,
        turns: List<DoubleArray>,
    ): Double {
        val total = times.indices.sumOf { times[it].toLong() * turns[it].size }
        val lower = (total + 1) / 2
        val upper = total / 2 + 1
        var upto = 0L
        var first = Double.NaN
        for (place in sorted.indices) {
            upto += times[owner[place]]
            if (first.isNaN() && upto >= lower) first = sorted[place]
            if (upto >= upper) return (first + sorted[place]) / 2
        }
        return Double.NaN
    }

    /** The mIoUs over drawn photos, one a round; 0 where no pixel drawn has a label. */
    internal fun resampledMious(photos: List<Confusion>): DoubleArray = DoubleArray(Draws.ROUNDS) { round ->
        val times = Draws.timesDrawn(round, photos.size)
        val drawn = Confusion(photos[0].classes)
        for ((place, photo) in photos.withIndex()) {
            for (cell in drawn.counts.indices) drawn.counts[cell] += times[place] * photo.counts[cell]
        }
        drawn.miou() ?: 0.0
    }

    private fun ends(drawn: DoubleArray) =
        Interval(Samples.percentile(drawn, LOW_PERCENT), Samples.percentile(drawn, HIGH_PERCENT))
}
