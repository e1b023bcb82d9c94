package dev.pocketseg.harness.views

import android.content.Context
import android.content.res.ColorStateList
import android.view.View
import android.widget.LinearLayout
import android.widget.ProgressBar
import android.widget.TextView
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.run.Steps
import dev.pocketseg.harness.screens.ResultsActivity

/** How far a job has come, with a button to end it, and then one to its results. */
class RunPanel(context: Context) : LinearLayout(context) {
    /** The person wants the job to end. */
    var onCancel: () -> Unit = {}

    private var job = ""
    private val state = Look.heading(context, R.style.Text_Name, "")
    private val bar = ProgressBar(context, null, android.R.attr.progressBarStyleHorizontal)
    private val launch = Look.text(context, R.style.Text, "")
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
        state.accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE // its words change at each tenth only
        bar.max = WHOLE
        for (view in listOf(state, launch, bar, name, phase, advice)) put(view)
        putNarrow(cancel)
        putNarrow(results)
        results.visibility = View.GONE
    }

    /** Show it; [names]: of the job's runs, in order; [steps]: how far it is, null before its first launch. */
    fun show(progress: Progress, names: List<String>, steps: Steps?) {
        val isRunning = progress.state == JobState.RUNNING
        if (!isRunning || progress.job != job) letCancel() // the next job may be cancelled, too
        job = progress.job
        say(state, if (isRunning && steps != null) underWay(steps) else StateText.of(context, progress))
        state.setTextColor(context.getColor(StateText.color(progress)))
        launch.text = steps?.let { context.getString(R.string.run_launch, it.number, it.planned) }.orEmpty()
        launch.visibility = visible(isRunning && steps != null)
        name.text = names.getOrNull(progress.run).orEmpty()
        name.visibility = visible(isRunning && name.text.isNotEmpty() && name.text !in progress.phase)
        bar.isIndeterminate = isRunning && steps == null
        bar.progress = ((steps?.share ?: 0.0) * WHOLE).toInt()
        bar.contentDescription = state.text
        val why = if (isRunning) progress.phase else StateText.reason(progress)
        phase.accessibilityLiveRegion =
            if (isRunning) View.ACCESSIBILITY_LIVE_REGION_NONE else View.ACCESSIBILITY_LIVE_REGION_POLITE
        say(phase, why)
        phase.visibility = visible(why.isNotEmpty())
        bar.visibility = visible(isRunning)
        advice.visibility = visible(isRunning)
        cancel.visibility = visible(isRunning)
        results.visibility = visible(!isRunning && progress.state != JobState.REFUSED)
    }

    private fun underWay(steps: Steps): String =
        context.getString(R.string.run_share, (steps.share * TENTHS).toInt() * TENTHS)

    /** What stays as it is is not set again: TalkBack would say it again. */
    private fun say(view: TextView, text: String) {
        if (view.text.toString() != text) view.text = text
    }

    private fun cancelled() {
        cancel.isEnabled = false
        cancel.setText(R.string.run_cancelling)
        onCancel()
    }

    private fun letCancel() {
        cancel.isEnabled = true
        cancel.setText(R.string.run_cancel)
    }

    private fun visible(isThere: Boolean) = if (isThere) View.VISIBLE else View.GONE

    private companion object {
        /** Of the bar: fine enough for a job of a thousand launches. */
        const val WHOLE = 1000
        const val TENTHS = 10
    }
}
