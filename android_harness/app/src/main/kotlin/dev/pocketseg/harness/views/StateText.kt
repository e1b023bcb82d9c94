package dev.pocketseg.harness.views

import android.content.Context
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Progress

/** A job's state in words and colour. */
object StateText {
    fun of(context: Context, progress: Progress): String = when (progress.state) {
        JobState.RUNNING -> if (progress.runs == 0) {
            context.getString(R.string.job_checking)
        } else {
            context.getString(R.string.job_running, minOf(progress.run + 1, progress.runs), progress.runs)
        }
        JobState.FINISHED -> context.resources.getQuantityString(R.plurals.job_finished, progress.runs, progress.runs)
        JobState.REFUSED -> context.getString(R.string.job_refused)
        JobState.FAILED -> context.getString(R.string.job_failed, progress.run, progress.runs)
    }

    fun color(state: JobState): Int = when (state) {
        JobState.RUNNING -> R.color.accent
        JobState.FINISHED -> R.color.good
        JobState.REFUSED, JobState.FAILED -> R.color.bad
    }

    fun mark(state: JobState): Int = when (state) {
        JobState.RUNNING -> R.drawable.mark_wait
        JobState.FINISHED -> R.drawable.mark_good
        JobState.REFUSED, JobState.FAILED -> R.drawable.mark_bad
    }
}
