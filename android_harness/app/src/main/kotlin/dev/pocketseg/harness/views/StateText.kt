package dev.pocketseg.harness.views

import android.content.Context
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.AskedPart
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Progress

/** A job's state in words and colour; one of which a part was asked for is done with that part. */
object StateText {
    fun of(context: Context, progress: Progress): String = when (progress.state) {
        JobState.RUNNING -> if (progress.runs == 0) {
            context.getString(R.string.job_checking)
        } else {
            context.getString(R.string.job_running, number(progress), progress.runs)
        }
        JobState.FINISHED -> context.resources.getQuantityString(R.plurals.job_finished, progress.runs, progress.runs)
        JobState.REFUSED -> context.getString(R.string.job_refused)
        JobState.FAILED -> AskedPart.of(progress)?.let { part ->
            context.resources.getQuantityString(R.plurals.job_part_done, part.asked, part.asked, part.runs)
        } ?: if (progress.runs == 0) {
            context.getString(R.string.job_failed_early)
        } else {
            context.getString(R.string.job_failed, number(progress), progress.runs)
        }
    }

    /** Why a job is over, where its state does not say it all. */
    fun reason(progress: Progress): String = if (isDone(progress)) "" else progress.reason.orEmpty()

    fun color(progress: Progress): Int = when {
        progress.state == JobState.RUNNING -> R.color.accent
        isDone(progress) -> R.color.good
        else -> R.color.bad
    }

    fun mark(progress: Progress): Int = when {
        progress.state == JobState.RUNNING -> R.drawable.mark_wait
        isDone(progress) -> R.drawable.mark_good
        else -> R.drawable.mark_bad
    }

    /** Whether all that was asked for has its records. */
    private fun isDone(progress: Progress) = progress.state == JobState.FINISHED || AskedPart.of(progress) != null

    /** People count from one. */
    private fun number(progress: Progress) = minOf(progress.run + 1, progress.runs)
}
