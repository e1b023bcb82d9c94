package dev.pocketseg.harness.screens

import android.graphics.Bitmap
import dev.pocketseg.harness.core.ClassMap
import dev.pocketseg.harness.core.Facing
import dev.pocketseg.harness.core.Picture
import dev.pocketseg.harness.core.Plane
import dev.pocketseg.harness.core.Resize
import dev.pocketseg.harness.core.Turns
import dev.pocketseg.harness.core.Yuv
import dev.pocketseg.harness.views.Overlay

/** A camera's picture as the file was given it, its mask, and what the run took, and all from planes to mask. */
class LiveFrame(val picture: Bitmap, val mask: Bitmap, val ms: Double, val allMs: Double)

/** From a camera's planes to a picture with its mask; the pictures that it makes are used again, three frames later. */
class LiveFrames(private val preview: Preview, colorsRgb: List<List<Int>>) {
    private val colors = Overlay.colors(colorsRgb)
    private val pictures = arrayOfNulls<Bitmap>(USED_AGAIN)
    private val masks = arrayOfNulls<Bitmap>(USED_AGAIN)
    private var pixels = IntArray(0)
    private var count = 0

    fun of(heightPx: Int, widthPx: Int, planes: List<Plane>, degrees: Int, facing: Facing): LiveFrame {
        val began = System.nanoTime()
        val taken = Yuv.toRgb(heightPx, widthPx, planes[0], planes[1], planes[2])
        val upright = Turns.fromCamera(taken, degrees, facing)
        val input = Resize.resize(upright, preview.heightPx, preview.widthPx)
        val found = preview.look(input, preview.heightPx, preview.widthPx)
        val place = count++ % USED_AGAIN
        val picture = fitting(pictures, place, upright.heightPx, upright.widthPx).also { draw(it, upright) }
        val mask = fitting(masks, place, found.map.heightPx, found.map.widthPx).also { draw(it, found.map) }
        return LiveFrame(picture, mask, found.ms, (System.nanoTime() - began) / 1e6)
    }

    private fun fitting(kept: Array<Bitmap?>, place: Int, heightPx: Int, widthPx: Int): Bitmap {
        val there = kept[place]
        if (there != null && there.height == heightPx && there.width == widthPx) return there
        return Bitmap.createBitmap(widthPx, heightPx, Bitmap.Config.ARGB_8888).also { kept[place] = it }
    }

    private fun draw(into: Bitmap, picture: Picture) {
        val rgb = picture.rgb
        fill(into) { place ->
            val at = 3 * place
            val red = rgb[at].toInt() and 0xFF
            val green = rgb[at + 1].toInt() and 0xFF
            (0xFF shl 24) or (red shl 16) or (green shl 8) or (rgb[at + 2].toInt() and 0xFF)
        }
    }

    private fun draw(into: Bitmap, map: ClassMap) = fill(into) { colors[map.at(it)] }

    private inline fun fill(into: Bitmap, color: (Int) -> Int) {
        val size = into.width * into.height
        if (pixels.size < size) pixels = IntArray(size)
        for (place in 0 until size) pixels[place] = color(place)
        into.setPixels(pixels, 0, into.width, 0, 0, into.width, into.height)
    }

    private companion object {
        const val USED_AGAIN = 3
    }
}
