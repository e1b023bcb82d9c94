package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.time.Instant
import java.time.ZoneOffset
import java.util.Random

/** Moments are those of Java's own calendar, which older phones have not. */
class MomentTest {
    @Test
    fun `moments are written as the calendar has them`() {
        val random = Random(1)
        val moments =
            List(5_000) { (random.nextDouble() * 4e12).toLong() } + listOf(0L, 951_782_400_000, 4_102_444_799_999)
        for (ms in moments) {
            val at = Instant.ofEpochMilli(ms).atOffset(ZoneOffset.UTC)
            val wanted = "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ".format(
                java.util.Locale.ROOT,
                at.year,
                at.monthValue,
                at.dayOfMonth,
                at.hour,
                at.minute,
                at.second,
                ms % 1000,
            )
            assertEquals(wanted, Moment.text(ms))
        }
    }
}
