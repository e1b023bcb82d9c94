package dev.pocketseg.harness.screens

import android.content.Context
import android.view.View
import android.widget.LinearLayout
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.views.Figures
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.StateText
import dev.pocketseg.harness.views.put

/** A job's state, and a card for each of its runs; [opened] holds those whose details are shown. */
class ResultsView(context: Context, private val opened: MutableSet<Int>) : LinearLayout(context) {
    private val complaint = Look.marked(context, R.drawable.mark_bad, R.color.bad, "")
    private val state = Look.column(context)
    private val rows = Look.column(context)
    private var shown = "" // what is shown is not built anew: who reads it aloud would begin anew, too

    init {
        orientation = VERTICAL
        complaint.visibility = View.GONE
        complaint.accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_ASSERTIVE
        state.accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE
        put(state)
        put(complaint)
        put(rows)
    }

    fun complain(reason: String) {
        complaint.text = reason
        complaint.visibility = View.VISIBLE
    }

    fun show(job: LoadedJob) {
        val now = "${job.progress} ${job.rows.count { it.record != null }}"
        if (now == shown) return
        shown = now
        state.removeAllViews()
        rows.removeAllViews()
        val progress = job.progress
        if (progress == null) {
            state.put(Look.text(context, R.style.Text, context.getString(R.string.results_none)))
            return
        }
        showState(progress)
        for (row in job.rows) rows.put(ResultCard(context, row, progress, opened))
    }

    private fun showState(progress: Progress) {
        val text = StateText.of(context, progress)
        state.put(Look.marked(context, StateText.mark(progress), StateText.color(progress), text))
        val said = if (progress.state == JobState.RUNNING) progress.phase else StateText.reason(progress)
        if (said.isNotEmpty()) state.put(Look.text(context, R.style.Text, said), R.dimen.gap_small)
        val at = context.getString(R.string.results_at, Figures.moment(progress.at))
        state.put(Look.text(context, R.style.Text_Quiet, at), R.dimen.gap_small)
    }
}
