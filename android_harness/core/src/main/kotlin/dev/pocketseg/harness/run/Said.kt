package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Moment
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.core.Results

/** Says how far a job is, in progress.json and to whoever listens; docs/bundle.md, "Results". */
internal class Said(
    private val request: JobRequest,
    private val results: Results,
    private val clock: Clock,
    private val listener: (Progress) -> Unit,
    private val counted: (Steps) -> Unit = {},
) {
    /** Of the job; 0 until its bundle is read. */
    var runs = 0
    private var run = 0

    /** Say what runs now. Throws [dev.pocketseg.harness.core.StorageRefused]. */
    fun now(run: Int, phase: String) {
        this.run = run
        say(JobState.RUNNING, phase, null)
    }

    /** Say how many launches are done, to whoever listens alone: progress.json has no field for it. */
    fun steps(steps: Steps) = counted(steps)

    /** Say that it is over, and return how. Throws [dev.pocketseg.harness.core.StorageRefused]. */
    fun over(state: JobState, reason: String?): JobState {
        if (state == JobState.FINISHED) run = runs
        say(state, "", reason?.let(Reasons::clean))
        return state
    }

    private fun say(state: JobState, phase: String, reason: String?) {
        val at = Moment.text(clock.epochMs())
        val progress = Progress(request.job, request.sha256, state, run, runs, phase, reason, at)
        results.write(progress)
        listener(progress)
    }
}
