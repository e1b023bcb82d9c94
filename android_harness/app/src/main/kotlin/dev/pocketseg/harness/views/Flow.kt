package dev.pocketseg.harness.views

import android.content.Context
import android.view.View
import android.view.ViewGroup
import dev.pocketseg.harness.R

/** Sets views side by side, and the next into a new line where one is full, from whichever side the language starts. */
class Flow(context: Context) : ViewGroup(context) {
    private val gapPx = Look.size(context, R.dimen.gap_small)

    override fun onMeasure(widthMeasureSpec: Int, heightMeasureSpec: Int) {
        val most = MeasureSpec.getSize(widthMeasureSpec)
        val child = MeasureSpec.makeMeasureSpec(most, MeasureSpec.AT_MOST)
        for (place in 0 until childCount) getChildAt(place).measure(child, MeasureSpec.UNSPECIFIED)
        setMeasuredDimension(most, walk(most) { _, _, _ -> })
    }

    override fun onLayout(changed: Boolean, left: Int, top: Int, right: Int, bottom: Int) {
        val whole = right - left
        val isRtl = layoutDirection == View.LAYOUT_DIRECTION_RTL
        walk(whole) { view, start, y ->
            val x = if (isRtl) whole - start - view.measuredWidth else start
            view.layout(x, y, x + view.measuredWidth, y + view.measuredHeight)
        }
    }

    /** Pass each view's place on; return the height of all lines. */
    private inline fun walk(whole: Int, take: (view: View, start: Int, y: Int) -> Unit): Int {
        var start = 0
        var y = 0
        var line = 0
        for (place in 0 until childCount) {
            val view = getChildAt(place)
            if (start > 0 && start + view.measuredWidth > whole) {
                y += line + gapPx
                start = 0
                line = 0
            }
            take(view, start, y)
            start += view.measuredWidth + gapPx
            line = maxOf(line, view.measuredHeight)
        }
        return y + line
    }
}
