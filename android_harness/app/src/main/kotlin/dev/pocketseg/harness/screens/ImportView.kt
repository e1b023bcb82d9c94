package dev.pocketseg.harness.screens

import android.content.Context
import android.content.res.ColorStateList
import android.view.View
import android.widget.LinearLayout
import android.widget.ProgressBar
import dev.pocketseg.harness.R
import dev.pocketseg.harness.views.Figures
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.put
import dev.pocketseg.harness.views.putNarrow

/** How far a bundle is that is being taken in, or why it was not. */
class ImportView(context: Context) : LinearLayout(context) {
    private val text = Look.text(context, R.style.Text, "")
    private val bar = ProgressBar(context, null, android.R.attr.progressBarStyleHorizontal)
    private val refusal = Look.marked(context, R.drawable.mark_bad, R.color.bad, "")
    private val close = Look.button(context, R.string.understood) { Imports.forget() }

    init {
        val inside = Look.size(context, R.dimen.margin)
        orientation = VERTICAL
        setBackgroundResource(R.drawable.card)
        setPadding(inside, inside, inside, inside)
        bar.progressTintList = ColorStateList.valueOf(context.getColor(R.color.accent))
        text.accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE
        refusal.accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_ASSERTIVE
        put(text)
        put(bar)
        put(refusal)
        putNarrow(close)
        show(Import.None)
    }

    fun show(import: Import) {
        val isRefused = import is Import.NotKept
        visibility = visible(import !is Import.None && import !is Import.Kept)
        for (view in listOf(text, bar)) view.visibility = visible(!isRefused)
        for (view in listOf(refusal, close)) view.visibility = visible(isRefused)
        when (import) {
            is Import.Copying -> copying(import)
            is Import.Checking -> {
                text.text = context.getString(R.string.import_checking, import.name)
                bar.isIndeterminate = true
            }
            is Import.NotKept -> refusal.text = if (import.name.isEmpty()) {
                import.reason
            } else {
                context.getString(R.string.import_refused, import.name, import.reason)
            }
            is Import.Kept, Import.None -> Unit
        }
        bar.contentDescription = text.text
    }

    private fun copying(import: Import.Copying) {
        val whole = import.wholeBytes
        text.text = if (whole == null) {
            context.getString(R.string.import_copying, import.name)
        } else {
            context.getString(R.string.import_copying_of, import.name, Figures.bytes(whole))
        }
        bar.isIndeterminate = whole == null
        bar.max = MOST
        if (whole != null && whole > 0) bar.progress = (import.doneBytes * MOST / whole).toInt()
    }

    private fun visible(isThere: Boolean) = if (isThere) View.VISIBLE else View.GONE

    private companion object {
        const val MOST = 1000
    }
}
