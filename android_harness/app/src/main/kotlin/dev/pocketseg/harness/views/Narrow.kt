package dev.pocketseg.harness.views

import android.content.Context
import android.widget.LinearLayout
import dev.pocketseg.harness.R

/** A column that grows no wider than a line that is still read with ease. */
class Narrow(context: Context) : LinearLayout(context) {
    private val widestPx = Look.size(context, R.dimen.widest)

    init {
        orientation = VERTICAL
    }

    override fun onMeasure(widthMeasureSpec: Int, heightMeasureSpec: Int) {
        val given = MeasureSpec.getSize(widthMeasureSpec)
        val isWide = MeasureSpec.getMode(widthMeasureSpec) != MeasureSpec.UNSPECIFIED && given > widestPx
        val width = if (isWide) MeasureSpec.makeMeasureSpec(widestPx, MeasureSpec.EXACTLY) else widthMeasureSpec
        super.onMeasure(width, heightMeasureSpec)
    }
}
