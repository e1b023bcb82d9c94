package dev.pocketseg.harness.run

/**
 * How long one turn works; docs/method.md, "Turns and passes".
 *
 * [sampleMs]: of runs that are timed. [warmUpMs]: of runs before them, at least 2 and at most 50. [wakeMs]: of work that
 * nothing is read from. [slowMs]: of a run that is long beside a cold cache.
 */
data class TurnEffort(
    val sampleMs: Double = 50.0,
    val warmUpMs: Double = 500.0,
    val wakeMs: Double = 5.0,
    val slowMs: Double = 50.0,
    val yardstickReads: Int = 20,
) {
    /** Plan a turn's timed runs, where one takes so long. */
    fun runs(runMs: Double): Int = Math.ceil(sampleMs / maxOf(runMs, LEAST_MS)).toInt().coerceIn(1, MOST_RUNS)

    /** Plan the runs before the turn. */
    fun warmUpRuns(runMs: Double): Int = Math.ceil(warmUpMs / maxOf(runMs, LEAST_MS)).toInt().coerceIn(2, 50)

    companion object {
        /** Runs of a turn: a thousand turns of so many are as many as a record takes. */
        const val MOST_RUNS = 500
        private const val LEAST_MS = 0.001
    }
}

/**
 * How long a job goes on beyond what the bundle plans, and waits for the device; docs/method.md.
 *
 * [ceilingS], [furtherFileS]: for files that have not enough, of one and of each further one. [readyS]: for a screen that
 * is off or locked. [hotS]: for a battery to cool.
 */
data class JobEffort(
    val leastPasses: Int = 5,
    val ceilingS: Double = 60.0,
    val furtherFileS: Double = 5.0,
    val readyS: Double = 60.0,
    val hotS: Double = 600.0,
)
