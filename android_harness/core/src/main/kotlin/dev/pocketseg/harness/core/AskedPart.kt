package dev.pocketseg.harness.core

/**
 * A job of which only some runs were asked for, and those are done: [asked] of [runs].
 *
 * docs/bundle.md has `finished` only where every run has its record, so such a job says `failed` and this reason; screens
 * know it again by the sentence and show it as what it is.
 */
data class AskedPart(val asked: Int, val runs: Int) {
    val sentence: String get() = "$asked of $runs runs were asked for, and are done"

    companion object {
        private val SENTENCE = Regex("([0-9]{1,9}) of ([0-9]{1,9}) runs were asked for, and are done")

        /** Null where the job is anything else. */
        fun of(progress: Progress): AskedPart? {
            if (progress.state != JobState.FAILED) return null
            val (asked, runs) = SENTENCE.matchEntire(progress.reason.orEmpty())?.destructured ?: return null
            return AskedPart(asked.toInt(), runs.toInt()).takeIf { it.runs == progress.runs && it.asked in 1..it.runs }
        }
    }
}
