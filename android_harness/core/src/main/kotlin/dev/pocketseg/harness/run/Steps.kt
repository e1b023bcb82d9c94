package dev.pocketseg.harness.run

/**
 * Which launch of a job is next, of how many that are planned so far.
 *
 * [share]: of the job, 0 to 1, that is done. It never falls, though more may be planned on the way; runs are taken in
 * an order that is shuffled, so their places say nothing of how far a job is.
 */
data class Steps(val number: Int, val planned: Int, val share: Double)

/** Counts them. */
internal class StepCount(private val said: (Steps) -> Unit) {
    private val left = HashMap<Int, Int>()
    private var done = 0
    private var share = 0.0

    /** [launches] more of a run are planned. */
    fun plan(run: Int, launches: Int) {
        left[run] = (left[run] ?: 0) + launches
    }

    /** Say which launch is next. */
    fun begin() {
        val planned = done + maxOf(1, left.values.sum())
        share = maxOf(share, done.toDouble() / planned)
        said(Steps(done + 1, planned, share))
    }

    /** A run took its launch. */
    fun end(run: Int) {
        done++
        left[run] = maxOf(0, (left[run] ?: 0) - 1)
    }

    /** A run dropped out, and takes none of what was planned for it. */
    fun drop(run: Int) {
        left.remove(run)
    }
}
