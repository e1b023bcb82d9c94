package dev.pocketseg.harness.screens

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.Rect
import android.view.View
import android.view.ViewGroup
import android.widget.HorizontalScrollView
import android.widget.ImageView
import android.widget.ScrollView
import android.widget.SeekBar
import android.widget.TextView
import kotlin.math.pow

/** What is wrong with a laid-out screen: cut texts, views outside their parents, small targets, missing labels, contrast. */
object Layouts {
    private const val LEAST_CONTRAST = 4.5
    private const val TARGET_DP = 48

    fun faults(activity: Activity, drawn: Bitmap): List<String> {
        val root = activity.window.decorView
        return all(root).flatMap { view ->
            texts(view) + outside(view, root) + target(view) + label(view) + contrast(view, root, drawn)
        }
    }

    /** All that is visible. */
    fun all(view: View): List<View> {
        if (view.visibility != View.VISIBLE) return emptyList()
        val inside = if (view is ViewGroup) {
            (0 until view.childCount).flatMap {
                all(view.getChildAt(it))
            }
        } else {
            emptyList()
        }
        return listOf(view) + inside
    }

    fun texts(activity: Activity): String =
        all(activity.window.decorView).filterIsInstance<TextView>().joinToString("\n") { it.text }

    private fun texts(view: View): List<String> {
        if (view !is TextView || view.text.isEmpty()) return emptyList()
        val layout = view.layout ?: return listOf("'${view.text}' is not laid out")
        val room = view.width - view.compoundPaddingLeft - view.compoundPaddingRight
        val found = ArrayList<String>()
        for (line in 0 until layout.lineCount) {
            if (layout.getEllipsisCount(line) > 0) found.add("'${view.text}' is shortened")
            if (layout.getLineMax(line) > room + 1) found.add("'${view.text}' is wider than its room, line $line")
        }
        val height = view.height - view.compoundPaddingTop - view.compoundPaddingBottom
        if (layout.height > height + 1) found.add("'${view.text}' is cut: ${layout.height} px in $height")
        return found
    }

    private fun outside(view: View, root: View): List<String> {
        val parent = view.parent as? ViewGroup ?: return emptyList()
        if (view === root || parent is ScrollView || parent is HorizontalScrollView ||
            view.width == 0
        ) {
            return emptyList()
        }
        val isInside = view.left >= 0 && view.top >= 0 && view.right <= parent.width && view.bottom <= parent.height
        return if (isInside) emptyList() else listOf("${named(view)} reaches out of ${named(parent)}")
    }

    private fun target(view: View): List<String> {
        if (!view.isClickable && view !is SeekBar) return emptyList()
        if (view.width == 0) return listOf("${named(view)} has no width")
        val least = TARGET_DP * view.resources.displayMetrics.density - 1
        val isLarge = view.width >= least && view.height >= least
        return if (isLarge) {
            emptyList()
        } else {
            listOf(
                "${named(view)} is ${view.width} x ${view.height} px, and $least is asked",
            )
        }
    }

    private fun label(view: View): List<String> {
        if (!view.isClickable && view !is ImageView && view !is SeekBar) return emptyList()
        val own = view.contentDescription ?: (view as? TextView)?.text
        val inside = all(view).filterIsInstance<TextView>().any { it.text.isNotEmpty() }
        return if (!own.isNullOrEmpty() || inside) emptyList() else listOf("${named(view)} says nothing to TalkBack")
    }

    /** The colour behind a text is that of most of the pixels that were drawn there. */
    private fun contrast(view: View, root: View, drawn: Bitmap): List<String> {
        if (view !is TextView || view.text.isEmpty() || !view.isEnabled) return emptyList()
        val area = Rect()
        if (!view.getGlobalVisibleRect(area) || !area.intersect(0, 0, root.width, root.height)) return emptyList()
        val counts = HashMap<Int, Int>()
        for (y in area.top until area.bottom step 2) {
            for (x in area.left until area.right step 2) {
                val color = drawn.getPixel(x, y)
                counts[color] = (counts[color] ?: 0) + 1
            }
        }
        val behind = counts.entries.maxByOrNull { it.value }?.key ?: return emptyList()
        val found = ratio(view.currentTextColor, behind)
        return if (found >= LEAST_CONTRAST) emptyList() else listOf("'${view.text}' stands out by $found only")
    }

    /** WCAG 2.1's contrast of two opaque colours, 1 to 21. */
    fun ratio(one: Int, other: Int): Double {
        val lights = listOf(light(one), light(other)).sorted()
        return (lights[1] + 0.05) / (lights[0] + 0.05)
    }

    private fun light(color: Int): Double {
        val parts = listOf(16, 8, 0).map { (color shr it and 0xFF) / 255.0 }
            .map { if (it <= 0.03928) it / 12.92 else ((it + 0.055) / 1.055).pow(2.4) }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }

    private fun named(view: View): String {
        val text = (view as? TextView)?.text ?: view.contentDescription ?: ""
        return "${view.javaClass.simpleName} '$text'"
    }
}
