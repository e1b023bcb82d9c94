package dev.pocketseg.harness.views

import android.content.Context
import android.graphics.drawable.GradientDrawable
import android.view.ViewGroup
import android.widget.TextView
import dev.pocketseg.harness.R

/** Names the classes, each beside its colour. */
object ClassLegend {
    /** [colorsRgb]: one for each of [classes]. */
    fun of(context: Context, classes: List<String>, colorsRgb: List<List<Int>>): ViewGroup = Flow(context).apply {
        contentDescription = context.getString(R.string.legend, classes.joinToString(", "))
        for ((name, color) in classes.zip(colorsRgb)) addView(entry(context, name, Overlay.argb(color)))
    }

    private fun entry(context: Context, name: String, color: Int): TextView =
        Look.text(context, R.style.Text_Quiet, name).apply {
            val side = Look.size(context, R.dimen.swatch)
            val swatch = GradientDrawable()
            swatch.setColor(color)
            swatch.cornerRadius = side / 4f
            // The background's colour may be that of the page.
            swatch.setStroke(maxOf(1, side / 16), context.getColor(R.color.text_quiet))
            swatch.setBounds(0, 0, side, side)
            setCompoundDrawablesRelative(swatch, null, null, null)
            compoundDrawablePadding = Look.size(context, R.dimen.gap_small)
            setPaddingRelative(0, 0, Look.size(context, R.dimen.gap), 0)
        }
}
