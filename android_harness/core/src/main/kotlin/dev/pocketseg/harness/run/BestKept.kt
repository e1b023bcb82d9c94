package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AtomicFile
import dev.pocketseg.harness.core.JsonWriter
import dev.pocketseg.harness.core.Moment
import dev.pocketseg.harness.core.Reading
import dev.pocketseg.harness.core.Turn
import dev.pocketseg.harness.core.Yardstick
import dev.pocketseg.harness.core.jsonObject
import java.io.File

/**
 * The least that the yardstick is known to take on this device. [launches]: that came within 3 % of it; it is known once
 * two did. [reachedAtMs]: when one last did, since 1970.
 */
data class Best(val reading: Reading, val launches: Int, val reachedAtMs: Long) {
    val isKnown: Boolean get() = launches >= 2

    companion object {
        private const val NEAR = 1.03

        /** The best of what was kept and of the turns of a job, each from a launch of its own. */
        fun of(kept: Best?, turns: List<Turn>, nowMs: Long): Best? {
            val least = turns.map { it.least() }
            val all = least + listOfNotNull(kept?.reading)
            if (all.isEmpty()) return null
            val best = Reading(all.minOf { it.integerMs }, all.minOf { it.memoryMs })
            val near = least.count { isNear(it, best) }
            val before = if (kept != null && isNear(kept.reading, best)) kept.launches else 0
            val reachedAtMs = if (near > 0 || kept == null) nowMs else kept.reachedAtMs
            return Best(best, minOf(near + before, MOST_LAUNCHES), reachedAtMs)
        }

        internal const val MOST_LAUNCHES = 1_000_000

        private fun Turn.least() =
            Reading(minOf(before.integerMs, after.integerMs), minOf(before.memoryMs, after.memoryMs))

        private fun isNear(one: Reading, best: Reading) =
            one.integerMs <= NEAR * best.integerMs && one.memoryMs <= NEAR * best.memoryMs
    }
}

/**
 * Keeps the [Best] from one job to the next; docs/method.md, "The yardstick".
 *
 * What is damaged, of another version, of the future or was not reached for 30 days is as if nothing were kept.
 */
class BestKept(private val file: File) {
    /** What is kept; null where nothing that holds now is. */
    fun read(nowMs: Long): Best? {
        val found = try {
            if (!file.isFile) return null
            val said = Strict.read(file, MOST_BYTES)
            if (said.text("version") != Yardstick.VERSION) return null
            val reading =
                Reading(said.number("integer_ms", LEAST_MS, MOST_MS), said.number("memory_ms", LEAST_MS, MOST_MS))
            Best(
                reading,
                said.whole("launches", Best.MOST_LAUNCHES.toLong()).toInt(),
                said.whole("reached_at_ms", LATEST_MS),
            )
        } catch (_: AnswerRefused) {
            return null
        }
        return found.takeIf { nowMs - it.reachedAtMs in -CLOCK_MS..EXPIRES_MS }
    }

    /** Keep it. Throws [dev.pocketseg.harness.core.StorageRefused]. */
    fun write(best: Best) = AtomicFile.write(
        file,
        JsonWriter.write(
            jsonObject(
                "version" to Yardstick.VERSION,
                "integer_ms" to best.reading.integerMs,
                "memory_ms" to best.reading.memoryMs,
                "launches" to best.launches,
                "reached_at_ms" to best.reachedAtMs,
                "reached_at" to Moment.text(best.reachedAtMs),
            ),
        ).toByteArray(Charsets.UTF_8),
    )

    private companion object {
        const val MOST_BYTES = 4096L
        const val LEAST_MS = 0.0001
        const val MOST_MS = 100.0
        const val LATEST_MS = 1L shl 48
        const val CLOCK_MS = 60_000L
        const val EXPIRES_MS = 30L * 24 * 3600 * 1000
    }
}
