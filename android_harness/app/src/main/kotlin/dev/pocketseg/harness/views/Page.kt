package dev.pocketseg.harness.views

import android.app.Activity
import android.view.Gravity
import android.view.View
import android.view.ViewGroup.LayoutParams.MATCH_PARENT
import android.view.ViewGroup.LayoutParams.WRAP_CONTENT
import android.widget.FrameLayout
import android.widget.LinearLayout
import android.widget.ScrollView
import android.widget.TextView
import dev.pocketseg.harness.R

/** The frame of a screen: a title with its buttons, and a column below that scrolls, drawn up to the window's edges. */
class Page private constructor(private val activity: Activity, title: CharSequence, isFirst: Boolean) {
    private val bar = Look.row(activity)
    private val title: TextView = Look.heading(activity, R.style.Text_Title, title)

    /** What the screen shows. */
    val column: LinearLayout = Narrow(activity)

    init {
        val margin = Look.size(activity, R.dimen.margin)
        this.title.id = R.id.page_title
        bar.minimumHeight = Look.size(activity, R.dimen.touch) + margin / 2
        if (!isFirst) bar.addView(Look.iconButton(activity, R.drawable.back, R.string.back) { activity.finish() })
        val params = LinearLayout.LayoutParams(0, WRAP_CONTENT, 1f)
        params.marginStart = if (isFirst) margin else margin / 4
        params.marginEnd = margin / 2
        bar.addView(this.title, params)
        column.setPadding(margin, margin / 2, margin, margin)
        val scroll = scroll()
        val root = Look.column(activity)
        root.addView(bar, LinearLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT))
        root.addView(scroll, LinearLayout.LayoutParams(MATCH_PARENT, 0, 1f))
        Edges.draw(activity, root) { left, top, right, bottom ->
            bar.setPadding(left, top, right, 0)
            scroll.setPadding(left, 0, right, bottom)
        }
        activity.setContentView(root)
    }

    fun setTitle(text: CharSequence) {
        title.text = text
        activity.title = text
    }

    /** Add a button beside the title. */
    fun addAction(view: View) = bar.addView(view)

    private fun scroll() = ScrollView(activity).apply {
        id = R.id.page_scroll
        isFillViewport = true
        clipToPadding = false
        isVerticalFadingEdgeEnabled = false
        val frame = FrameLayout(activity)
        frame.addView(column, FrameLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT, Gravity.CENTER_HORIZONTAL))
        addView(frame, FrameLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT))
    }

    companion object {
        /** Make the page of the app's first screen, which leads back to nothing. */
        fun first(activity: Activity, title: CharSequence): Page = Page(activity, title, isFirst = true)

        fun of(activity: Activity, title: CharSequence): Page = Page(activity, title, isFirst = false)
    }
}
