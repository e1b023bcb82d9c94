package dev.pocketseg.harness.views

import android.content.Context
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Paint
import android.graphics.RectF
import android.view.View
import dev.pocketseg.harness.R

/** A photo with a mask over it, and its label over the part that is wiped; nothing is allocated while it draws. */
class MaskView(context: Context) : View(context) {
    private var photo: Bitmap? = null
    private var mask: Bitmap? = null
    private var label: Bitmap? = null
    private val area = RectF()
    private val smooth = Paint(Paint.FILTER_BITMAP_FLAG)
    private val nearest = Paint() // a class is never mixed with another
    private val line = Paint()
    private val empty = Paint()
    private val lineWidthPx = 2 * resources.displayMetrics.density

    /** How much of the photo mask and label hide, 0 to 1. */
    var opacity = 0.6f
        set(value) {
            field = value.coerceIn(0f, 1f)
            invalidate()
        }

    /** The share of the width, from where the language starts, over which the label is shown in place of the mask. */
    var wipe = 0f
        set(value) {
            field = value.coerceIn(0f, 1f)
            invalidate()
        }

    /** No higher than that, so that what belongs to it stays on the screen. */
    var mostHeightPx = (resources.displayMetrics.heightPixels * 0.55f).toInt()

    init {
        line.color = context.getColor(R.color.card)
        empty.color = context.getColor(R.color.line)
    }

    /** Show these; a null is not drawn. */
    fun show(photo: Bitmap?, mask: Bitmap?, label: Bitmap?) {
        val isOther = photo?.width != this.photo?.width || photo?.height != this.photo?.height
        this.photo = photo
        this.mask = mask
        this.label = label
        if (isOther) requestLayout()
        invalidate()
    }

    override fun onMeasure(widthMeasureSpec: Int, heightMeasureSpec: Int) {
        val width = MeasureSpec.getSize(widthMeasureSpec)
        val shown = photo
        val wanted = if (shown == null) width * 3 / 4 else (width.toLong() * shown.height / shown.width).toInt()
        setMeasuredDimension(width, resolveSize(minOf(wanted, mostHeightPx), heightMeasureSpec))
    }

    override fun onDraw(canvas: Canvas) {
        val below = photo
        if (below == null) {
            canvas.drawRect(0f, 0f, width.toFloat(), height.toFloat(), empty)
            return
        }
        fit(below)
        canvas.drawBitmap(below, null, area, smooth)
        nearest.alpha = (opacity * 255).toInt()
        val isRtl = layoutDirection == LAYOUT_DIRECTION_RTL
        val cut = if (isRtl) area.right - wipe * area.width() else area.left + wipe * area.width()
        draw(canvas, if (isRtl) mask else label, area.left, cut)
        draw(canvas, if (isRtl) label else mask, cut, area.right)
        if (wipe > 0f && wipe < 1f) {
            canvas.drawRect(cut - lineWidthPx / 2, area.top, cut + lineWidthPx / 2, area.bottom, line)
        }
    }

    private fun draw(canvas: Canvas, over: Bitmap?, left: Float, right: Float) {
        if (over == null || right <= left) return
        canvas.save()
        canvas.clipRect(left, area.top, right, area.bottom)
        canvas.drawBitmap(over, null, area, nearest)
        canvas.restore()
    }

    private fun fit(below: Bitmap) {
        val scale = minOf(width.toFloat() / below.width, height.toFloat() / below.height)
        val left = (width - scale * below.width) / 2
        val top = (height - scale * below.height) / 2
        area.set(left, top, left + scale * below.width, top + scale * below.height)
    }
}
