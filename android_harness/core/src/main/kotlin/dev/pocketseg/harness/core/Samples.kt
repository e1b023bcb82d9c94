package dev.pocketseg.harness.core

import kotlin.math.sqrt

/** Medians, percentiles and deviations of numbers. */
object Samples {
    /** A percentile, linear between the neighbours in order; the lowest value is 0 %, the highest 100 %. */
    fun percentile(values: DoubleArray, percent: Double): Double {
        require(values.isNotEmpty()) { "no values have no percentile" }
        val ordered = values.sortedArray()
        val at = percent / 100 * (ordered.size - 1)
        val low = at.toInt()
        val high = minOf(low + 1, ordered.size - 1)
        return ordered[low] + (at - low) * (ordered[high] - ordered[low])
    }

    /** The one in the middle, or the mean of the two there. */
    fun median(values: DoubleArray): Double {
        require(values.isNotEmpty()) { "no values have no median" }
        val ordered = values.sortedArray()
        val half = ordered.size / 2
        return if (ordered.size % 2 == 1) ordered[half] else (ordered[half - 1] + ordered[half]) / 2
    }

    /** The standard deviation of a sample of two or more. */
    fun deviation(values: DoubleArray): Double {
        val mean = values.average()
        return sqrt(values.sumOf { (it - mean) * (it - mean) } / (values.size - 1))
    }
}
