package dev.pocketseg.harness.screens

import android.content.Context
import android.view.View
import android.widget.LinearLayout
import dev.pocketseg.harness.R
import dev.pocketseg.harness.views.Figures
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.StateText
import dev.pocketseg.harness.views.put
import dev.pocketseg.harness.views.putNarrow
import java.io.File

/** The bundles that are kept and those that could be; where there are none, how to make one. */
class BundleList(context: Context, private val open: (String) -> Unit, private val take: (File) -> Unit) :
    LinearLayout(context) {
    init {
        orientation = VERTICAL
    }

    fun show(kept: List<KeptBundle>, pushed: List<File>) {
        removeAllViews()
        if (kept.isNotEmpty()) {
            put(
                Look.heading(context, R.style.Text_Section, context.getString(R.string.bundles_kept)),
            )
        }
        kept.forEach { put(card(it)) }
        if (pushed.isNotEmpty()) {
            put(Look.heading(context, R.style.Text_Section, context.getString(R.string.bundles_pushed)))
        }
        pushed.forEach { put(pushedCard(it)) }
        if (kept.isEmpty() && pushed.isEmpty()) put(empty())
    }

    private fun card(bundle: KeptBundle): View = Look.pressableCard(context) { open(bundle.sha256) }.apply {
        put(Look.text(context, R.style.Text_Name, bundle.name))
        if (bundle.reason != null) {
            put(Look.marked(context, R.drawable.mark_bad, R.color.bad, bundle.reason), R.dimen.gap_small)
            return@apply
        }
        val files = resources.getQuantityString(R.plurals.files, bundle.files, bundle.files)
        val photos = resources.getQuantityString(R.plurals.photos, bundle.photos, bundle.photos)
        val size = Figures.bytes(bundle.sizeBytes)
        val facts = context.getString(R.string.three_facts, files, photos, size)
        put(Look.text(context, R.style.Text_Quiet, facts), R.dimen.gap_small)
        val job = bundle.lastJob
        val state = if (job == null) {
            Look.text(context, R.style.Text_Quiet, context.getString(R.string.job_none))
        } else {
            Look.marked(context, StateText.mark(job), StateText.color(job), StateText.of(context, job))
        }
        put(state, R.dimen.gap_small)
    }

    private fun pushedCard(file: File): View = Look.card(context).apply {
        put(Look.text(context, R.style.Text_Code, file.name))
        put(Look.text(context, R.style.Text_Quiet, Figures.bytes(file.length())), R.dimen.gap_small)
        putNarrow(Look.button(context, R.string.bundles_take) { take(file) })
    }

    private fun empty(): View = Look.card(context).apply {
        put(Look.heading(context, R.style.Text_Name, context.getString(R.string.empty_title)))
        put(Look.text(context, R.style.Text, context.getString(R.string.empty_make)))
        put(Look.text(context, R.style.Text_Code, context.getString(R.string.empty_command)), R.dimen.gap_small)
        put(Look.text(context, R.style.Text, context.getString(R.string.empty_open)))
    }
}
