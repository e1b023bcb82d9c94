package dev.pocketseg.harness.views

import android.content.Context
import android.graphics.drawable.Drawable
import android.os.Build
import android.view.Gravity
import android.view.View
import android.view.ViewGroup.LayoutParams.MATCH_PARENT
import android.view.ViewGroup.LayoutParams.WRAP_CONTENT
import android.widget.Button
import android.widget.ImageButton
import android.widget.LinearLayout
import android.widget.TextView
import dev.pocketseg.harness.NewerApi
import dev.pocketseg.harness.R

/** Makes the few kinds of views that all screens are built of. */
object Look {
    fun text(context: Context, style: Int, text: CharSequence): TextView =
        TextView(context, null, 0, style).apply { this.text = text }

    /** A text that TalkBack jumps to, where the level knows of headings. */
    fun heading(context: Context, style: Int, text: CharSequence): TextView =
        text(context, style, text).also(::markHeading)

    fun mainButton(context: Context, label: Int, act: () -> Unit): Button =
        button(context, R.style.Button_Main, label, act)

    fun button(context: Context, label: Int, act: () -> Unit): Button = button(context, R.style.Button, label, act)

    /** A picture that is pressed; [label] is what TalkBack and a long press say. */
    fun iconButton(context: Context, icon: Int, label: Int, act: () -> Unit): ImageButton = ImageButton(context).apply {
        val touch = size(context, R.dimen.touch)
        setImageResource(icon)
        setBackgroundResource(R.drawable.press_round)
        contentDescription = context.getString(label)
        tooltipText = contentDescription
        layoutParams = LinearLayout.LayoutParams(touch, touch)
        setOnClickListener { act() }
    }

    fun column(context: Context): LinearLayout = LinearLayout(context).apply { orientation = LinearLayout.VERTICAL }

    fun row(context: Context): LinearLayout = LinearLayout(context).apply {
        orientation = LinearLayout.HORIZONTAL
        gravity = Gravity.CENTER_VERTICAL
    }

    fun card(context: Context): LinearLayout = column(context).apply {
        val inside = size(context, R.dimen.margin)
        setBackgroundResource(R.drawable.card)
        setPadding(inside, inside, inside, inside)
    }

    /** A card that opens what it tells of. */
    fun pressableCard(context: Context, act: () -> Unit): LinearLayout = card(context).apply {
        setBackgroundResource(R.drawable.card_pressable)
        minimumHeight = size(context, R.dimen.touch)
        isFocusable = true
        setOnClickListener { act() }
    }

    /** A text with a mark before it: what it says is never in its colour alone. */
    fun marked(context: Context, mark: Int, color: Int, text: CharSequence): TextView =
        text(context, R.style.Text, text).apply {
            setTextColor(context.getColor(color))
            setCompoundDrawablesRelative(sized(context, mark, color), null, null, null)
            compoundDrawablePadding = size(context, R.dimen.gap_small)
        }

    fun size(context: Context, dimension: Int): Int = context.resources.getDimensionPixelSize(dimension)

    private fun sized(context: Context, mark: Int, color: Int): Drawable = context.getDrawable(mark)!!.mutate().apply {
        val side = (18 * context.resources.displayMetrics.scaledDensity()).toInt()
        setBounds(0, 0, side, side)
        setTint(context.getColor(color))
    }

    private fun button(context: Context, style: Int, label: Int, act: () -> Unit): Button =
        Button(context, null, 0, style).apply {
            setText(label)
            setOnClickListener { act() }
        }

    @NewerApi
    private fun markHeading(view: View) {
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.P) view.isAccessibilityHeading = true
    }
}

@Suppress("DEPRECATION") // what replaces it is newer than the oldest Android
private fun android.util.DisplayMetrics.scaledDensity(): Float = scaledDensity

/** Add a view over the whole width, [gap] (a dimension) below the one before it. */
fun LinearLayout.put(view: View, gap: Int = R.dimen.gap) {
    val params = LinearLayout.LayoutParams(MATCH_PARENT, WRAP_CONTENT)
    if (childCount > 0) params.topMargin = Look.size(context, gap)
    addView(view, params)
}

/** Add a view as wide as it needs to be, [gap] (a dimension) below the one before it. */
fun LinearLayout.putNarrow(view: View, gap: Int = R.dimen.gap) {
    val params = LinearLayout.LayoutParams(WRAP_CONTENT, WRAP_CONTENT)
    if (childCount > 0) params.topMargin = Look.size(context, gap)
    addView(view, params)
}
