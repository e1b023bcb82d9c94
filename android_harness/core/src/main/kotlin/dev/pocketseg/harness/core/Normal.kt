package dev.pocketseg.harness.core

import kotlin.math.abs
import kotlin.math.exp
import kotlin.math.ln
import kotlin.math.sqrt

/** The normal distribution, to some thirteen digits. */
internal object Normal {
    private const val STEPS = 60
    private const val FAR = 5.0

    /** The value below which a share of [probability], between a half and one, lies. */
    fun quantile(probability: Double): Double {
        val tail = 1 - probability
        var value = if (tail < 0.5) sqrt(maxOf(0.0, -2 * ln(2 * tail))) else 0.0
        repeat(STEPS) {
            val step = (above(value) - tail) / density(value)
            value += step
            if (abs(step) < 1e-15 * maxOf(1.0, value)) return value
        }
        return value
    }

    private fun density(value: Double) = exp(-value * value / 2) / sqrt(2 * Math.PI)

    /** The share above a value: a series near the middle, a continued fraction in the tail. */
    private fun above(value: Double): Double = if (value < FAR) {
        0.5 - density(value) * series(value)
    } else {
        var fraction = value
        for (place in 200 downTo 1) fraction = value + place / fraction
        density(value) / fraction
    }

    private fun series(value: Double): Double {
        var term = value
        var sum = value
        var odd = 1
        while (abs(term) > 1e-18 * abs(sum)) {
            odd += 2
            term *= value * value / odd
            sum += term
        }
        return sum
    }
}
