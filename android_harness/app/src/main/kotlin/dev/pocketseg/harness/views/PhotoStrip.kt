package dev.pocketseg.harness.views

import android.content.Context
import android.graphics.Bitmap
import android.widget.HorizontalScrollView
import android.widget.ImageButton
import android.widget.ImageView
import dev.pocketseg.harness.R

/** Small pictures in a row that scrolls; one is pressed to look at it. */
class PhotoStrip(context: Context, count: Int, open: (Int) -> Unit) : HorizontalScrollView(context) {
    private val views: List<ImageButton> = List(minOf(count, MOST)) { place ->
        ImageButton(context).apply {
            contentDescription = context.getString(R.string.photo_of, place + 1, count)
            scaleType = ImageView.ScaleType.CENTER_CROP
            setBackgroundResource(R.drawable.photo_back)
            clipToOutline = true
            setPadding(0, 0, 0, 0)
            setOnClickListener { open(place) }
        }
    }

    init {
        val side = Look.size(context, R.dimen.thumbnail)
        val gap = Look.size(context, R.dimen.gap_small)
        isHorizontalScrollBarEnabled = false
        val row = Look.row(context)
        for (view in views) {
            val params = android.widget.LinearLayout.LayoutParams(side, side)
            params.marginEnd = gap
            row.addView(view, params)
        }
        addView(row)
    }

    /** Show a photo; null for one that cannot be decoded. */
    fun show(place: Int, picture: Bitmap?) {
        if (picture !=
            null
        ) {
            views[place].setImageBitmap(picture)
        } else {
            views[place].setImageResource(R.drawable.mark_bad)
        }
    }

    /** Mark the one that is looked at. */
    fun choose(place: Int) = views.forEachIndexed { at, view ->
        view.isSelected = at == place
        view.foreground = if (at == place) context.getDrawable(R.drawable.photo_chosen) else null
    }

    companion object {
        /** So many small pictures fit into memory at once. */
        const val MOST = 64
    }
}
