package dev.pocketseg.harness.views

import android.content.Context
import android.content.res.ColorStateList
import android.view.View
import android.widget.LinearLayout
import android.widget.ProgressBar
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.screens.ResultsActivity

/** How far a job has come, with a button to end it, and then one to its results. */
class RunPanel(context: Context) : LinearLayout(context) {
    /** The person wants the job to end. */
    var onCancel: () -> Unit = {}

    private var job = ""
    private val state = Look.heading(context, R.style.Text_Name, "")
    private val bar = ProgressBar(context, null, android.R.attr.progressBarStyleHorizontal)
    private val phase = Look.text(context, R.style.Text, "")
    private val name = Look.text(context, R.style.Text_Quiet, "")
    private val advice = Look.text(context, R.style.Text_Quiet, context.getString(R.string.run_advice))
    private val cancel = Look.button(context, R.string.run_cancel) { cancelled() }
    private val results = Look.mainButton(context, R.string.run_results) {
        context.startActivity(ResultsActivity.intent(context, job))
    }

    init {
        val inside = Look.size(context, R.dimen.margin)
        orientation = VERTICAL
        setBackgroundResource(R.drawable.card)
        setPadding(inside, inside, inside, inside)
        bar.progressTintList = ColorStateList.valueOf(context.getColor(R.color.accent))
        phase.accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE
        for (view in listOf(state, name, bar, phase, advice)) put(view)
        putNarrow(cancel)
        putNarrow(results)
        results.visibility = View.GONE
    }

    /** Show it; [names]: of the job's runs, in order. */
    fun show(progress: Progress, names: List<String>) {
        job = progress.job
        val isRunning = progress.state == JobState.RUNNING
        state.text = StateText.of(context, progress)
        state.setTextColor(context.getColor(StateText.color(progress.state)))
        name.text = names.getOrNull(progress.run).orEmpty()
        name.visibility = visible(isRunning && name.text.isNotEmpty())
        bar.isIndeterminate = isRunning && progress.runs == 0
        bar.max = maxOf(1, progress.runs)
        bar.progress = if (progress.state == JobState.FINISHED) bar.max else progress.run
        bar.contentDescription = state.text
        val said = if (isRunning) progress.phase else progress.reason.orEmpty()
        if (phase.text.toString() != said) phase.text = said // said aloud once, not at every refresh
        phase.visibility = visible(said.isNotEmpty())
        bar.visibility = visible(isRunning)
        advice.visibility = visible(isRunning)
        cancel.visibility = visible(isRunning)
        results.visibility = visible(!isRunning && progress.state != JobState.REFUSED)
    }

    private fun cancelled() {
        cancel.isEnabled = false
        cancel.setText(R.string.run_cancelling)
        onCancel()
    }

    private fun visible(isThere: Boolean) = if (isThere) View.VISIBLE else View.GONE
}
