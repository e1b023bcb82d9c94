package dev.pocketseg.harness.screens

import android.content.Context
import android.widget.LinearLayout
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.RecordSummary
import dev.pocketseg.harness.views.Figures
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.put

/** What a record says beyond its row in the table: each figure below its name, and the verdict's reasons. */
object ResultDetails {
    fun fill(into: LinearLayout, record: RecordSummary) {
        val context = into.context
        into.entry(R.string.detail_memory, record.peakBytes?.let { Figures.bytes(it) })
        into.entry(R.string.detail_load, load(context, record))
        into.entry(R.string.detail_end_to_end, record.endToEndMs?.let { Figures.ms(it) })
        into.entry(R.string.detail_turns, turns(context, record))
        into.entry(R.string.detail_accelerator, record.obtained)
        into.entry(R.string.detail_runtime, record.runtime)
        if (record.verdictReasons.isNotEmpty()) {
            into.entry(R.string.detail_reasons, record.verdictReasons.joinToString("\n") { "\u2022 $it" })
        }
    }

    private fun load(context: Context, record: RecordSummary): String? {
        val cold = record.coldMs ?: return null
        val warm = record.warmMs ?: return Figures.ms(cold)
        return context.getString(R.string.detail_load_both, Figures.ms(cold), Figures.ms(warm))
    }

    private fun turns(context: Context, record: RecordSummary): String? {
        val all = record.turns ?: return null
        return context.getString(R.string.detail_turns_of, record.undisturbedTurns ?: 0, all)
    }

    private fun LinearLayout.entry(name: Int, value: String?) {
        put(Look.text(context, R.style.Text_Quiet, context.getString(name)), R.dimen.gap_small)
        put(Look.text(context, R.style.Text, value ?: context.getString(R.string.not_known)), R.dimen.gap_none)
    }
}
