package dev.pocketseg.harness.screens

import android.content.Context
import android.view.View
import android.widget.LinearLayout
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.AskedPart
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.core.RecordSummary
import dev.pocketseg.harness.core.VerdictKind
import dev.pocketseg.harness.views.Figures
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.RunText
import dev.pocketseg.harness.views.put

/** A run in the table: its time, how far that may be trusted, whether the output is right; pressed, all the rest. */
class ResultCard(context: Context, private val row: JobRow, progress: Progress, private val opened: MutableSet<Int>) :
    LinearLayout(context) {
    private val details = Look.column(context)
    private val more = Look.text(context, R.style.Text_Section, "")

    init {
        val inside = Look.size(context, R.dimen.margin)
        orientation = VERTICAL
        setPadding(inside, inside, inside, inside)
        put(Look.text(context, R.style.Text_Name, row.name))
        val accelerator = row.record?.accelerator ?: row.asked?.accelerator
        val threads = row.record?.threads ?: row.asked?.threads
        if (accelerator != null) {
            put(Look.text(context, R.style.Text_Quiet, RunText.of(context, accelerator, threads)), R.dimen.gap_small)
        }
        val record = row.record
        when {
            row.damage != null -> bad(row.damage)
            record == null -> put(Look.text(context, R.style.Text_Quiet, waiting(progress)), R.dimen.gap_small)
            record.status == "refused" -> bad(context.getString(R.string.run_refused, record.reason))
            record.status == "failed" -> bad(context.getString(R.string.run_failed, record.reason))
            else -> measured(record)
        }
        setBackgroundResource(if (record?.status == "ok") R.drawable.card_pressable else R.drawable.card)
    }

    private fun bad(text: String) = put(Look.marked(context, R.drawable.mark_bad, R.color.bad, text), R.dimen.gap_small)

    private fun waiting(progress: Progress): String = when {
        AskedPart.of(progress) != null -> context.getString(R.string.run_not_asked)
        progress.state != JobState.RUNNING -> context.getString(R.string.run_not_there)
        progress.run == row.run -> context.getString(R.string.run_now)
        else -> context.getString(R.string.run_waits)
    }

    private fun measured(record: RecordSummary) {
        val p50 = record.p50Ms?.let { Figures.ms(it) } ?: context.getString(R.string.not_known)
        put(Look.text(context, R.style.Text_Figure, p50), R.dimen.gap_small)
        val low = record.p50LowMs
        val high = record.p50HighMs
        val interval = if (low == null || high == null) {
            context.getString(R.string.p50_alone)
        } else {
            context.getString(R.string.p50_interval, Figures.ms(low), Figures.ms(high))
        }
        put(Look.text(context, R.style.Text_Quiet, interval), R.dimen.gap_none)
        put(verdict(record.verdict), R.dimen.gap_small)
        put(golden(record), R.dimen.gap_small)
        ResultDetails.fill(details, record)
        put(details)
        put(more)
        setOnClickListener { toggle() }
        showDetails(row.run in opened)
    }

    private fun verdict(kind: VerdictKind?): View = when (kind) {
        VerdictKind.VALID -> Look.marked(
            context,
            R.drawable.mark_good,
            R.color.good,
            context.getString(R.string.verdict_valid),
        )
        VerdictKind.UNSTABLE -> Look.marked(
            context,
            R.drawable.mark_wait,
            R.color.doubtful,
            context.getString(R.string.verdict_unstable),
        )
        VerdictKind.INVALID -> Look.marked(
            context,
            R.drawable.mark_bad,
            R.color.bad,
            context.getString(R.string.verdict_invalid),
        )
        null -> Look.text(context, R.style.Text_Quiet, context.getString(R.string.verdict_none))
    }

    private fun golden(record: RecordSummary): View {
        val agreement = record.leastAgreement?.let { Figures.percent(it) } ?: context.getString(R.string.not_known)
        return when (record.golden) {
            "passed" -> Look.marked(
                context,
                R.drawable.mark_good,
                R.color.good,
                context.getString(R.string.golden_passed, agreement),
            )
            "failed" -> Look.marked(
                context,
                R.drawable.mark_bad,
                R.color.bad,
                context.getString(R.string.golden_failed, record.goldenReason),
            )
            else -> Look.text(context, R.style.Text_Quiet, context.getString(R.string.golden_none))
        }
    }

    private fun toggle() {
        val isOpen = row.run !in opened
        if (isOpen) opened.add(row.run) else opened.remove(row.run)
        showDetails(isOpen)
    }

    private fun showDetails(isOpen: Boolean) {
        details.visibility = if (isOpen) View.VISIBLE else View.GONE
        more.setText(if (isOpen) R.string.details_hide else R.string.details_show)
    }
}
