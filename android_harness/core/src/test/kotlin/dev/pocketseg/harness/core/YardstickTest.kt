package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** The yardstick's work, and which of its two goes counts. */
class YardstickTest {
    @Test
    fun `the quicker of two goes counts`() {
        val ticks = longArrayOf(0, 900_000, 1_000_000, 1_600_000, 2_000_000, 2_750_000, 3_000_000, 4_000_000).iterator()
        assertEquals(Reading(0.6, 0.75), Yardstick { ticks.nextLong() }.read())
    }

    @Test
    fun `the work is done and comes to the same each time`() {
        val yardstick = Yardstick()
        repeat(2) {
            yardstick.read()
            assertEquals(((1L shl 20) - 1) * (1L shl 19).toDouble(), yardstick.result)
        }
    }
}
