package dev.pocketseg.harness.views

import android.graphics.Bitmap
import dev.pocketseg.harness.core.ClassMap
import dev.pocketseg.harness.core.Confusion

/** Class maps as pictures that lie over a photo: what is background shows the photo. */
object Overlay {
    private const val IGNORED = 0x99808080.toInt()
    private const val MOST_SIDE_PX = 2048

    /** A colour of a bundle, opaque. */
    fun argb(rgb: List<Int>): Int = (0xFF shl 24) or (rgb[0] shl 16) or (rgb[1] shl 8) or rgb[2]

    /** A map's picture; one that no screen is large enough for is made smaller, by nearest pixels. */
    fun of(map: ClassMap, colorsRgb: List<List<Int>>): Bitmap {
        val longest = maxOf(map.heightPx, map.widthPx)
        val shown = if (longest <= MOST_SIDE_PX) {
            map
        } else {
            map.resized(
                maxOf(1, (map.heightPx.toLong() * MOST_SIDE_PX / longest).toInt()),
                maxOf(1, (map.widthPx.toLong() * MOST_SIDE_PX / longest).toInt()),
            )
        }
        val colors = colors(colorsRgb)
        val pixels = IntArray(shown.pixels.size) { colors[shown.at(it)] }
        return Bitmap.createBitmap(pixels, shown.widthPx, shown.heightPx, Bitmap.Config.ARGB_8888)
    }

    /** What each class is drawn in; the first is the background, which is not drawn. */
    fun colors(colorsRgb: List<List<Int>>): IntArray {
        val colors = IntArray(Confusion.IGNORED + 1)
        for (kind in 1 until minOf(colorsRgb.size, Confusion.IGNORED)) colors[kind] = argb(colorsRgb[kind])
        colors[Confusion.IGNORED] = IGNORED
        return colors
    }
}
