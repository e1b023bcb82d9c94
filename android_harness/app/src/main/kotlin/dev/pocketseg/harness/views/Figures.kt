package dev.pocketseg.harness.views

import dev.pocketseg.harness.core.Decimals

/** Numbers as all screens write them, with the same digits in every language. */
object Figures {
    private const val MEGABYTE = 1e6

    fun ms(value: Double): String = Decimals.fixed(
        value,
        if (value < 10) {
            2
        } else if (value < 1000) {
            1
        } else {
            0
        },
    ) + " ms"

    fun bytes(value: Long): String = when {
        value < 1000 -> "$value B"
        value < MEGABYTE -> Decimals.fixed(value / 1e3, 0) + " kB"
        value < 1e9 -> Decimals.fixed(value / MEGABYTE, 1) + " MB"
        else -> Decimals.fixed(value / 1e9, 2) + " GB"
    }

    /** A share, never rounded up to the whole: 0.99999 is not 100 %. */
    fun percent(share: Double): String {
        val text = Decimals.fixed(share * 100, 2)
        return (if (share < 1 && text == "100.00") "99.99" else text) + " %"
    }

    /** A moment of a record, to the minute: 2026-01-02 03:04 UTC. */
    fun moment(at: String): String = if (at.length < 16) at else at.take(10) + " " + at.substring(11, 16) + " UTC"
}
