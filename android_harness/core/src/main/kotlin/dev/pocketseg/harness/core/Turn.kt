package dev.pocketseg.harness.core

/** What the yardstick's two pieces of work took. */
data class Reading(val integerMs: Double, val memoryMs: Double)

/**
 * Some runs of one file without a pause, between two readings of the yardstick; null: not known.
 *
 * [number]: of the pass over all files. [startedS]: since the first pass began. [atMs]: when each run began, since the
 * turn did. [batch]: runs in each sample, 1 where the clock is fine. [device]: where nobody looked at it, the record
 * has no such field.
 */
class Turn(
    val number: Int,
    val startedS: Double,
    val before: Reading,
    val after: Reading,
    val wallMs: Double,
    val cpuMs: Double?,
    val waitedMs: Double?,
    val othersMs: Double?,
    val stolenMs: Double?,
    val switches: Int?,
    val atMs: DoubleArray,
    val executeMs: DoubleArray,
    val preMs: DoubleArray? = null,
    val postMs: DoubleArray? = null,
    val batch: Int = 1,
    val device: TurnDevice? = null,
)
