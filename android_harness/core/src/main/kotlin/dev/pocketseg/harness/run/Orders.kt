package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.Draws

/** The order of each pass: every run once, shuffled anew; docs/method.md, "Turns and passes". */
object Orders {
    private const val PASSES = 1 shl 14
    private const val MOST_RUNS = 1024

    /** The order of a pass, the same for the same seed whatever language the device has and however often it is asked. */
    fun of(seed: Long, pass: Int, runs: Int): List<Int> {
        val order = (0 until runs).toMutableList()
        val start = (seed * PASSES + pass) * MOST_RUNS
        for (last in runs - 1 downTo 1) {
            val other = Draws.draw(start + last, last + 1)
            order[last] = order.set(other, order[last])
        }
        return order
    }
}
