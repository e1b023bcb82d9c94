package dev.pocketseg.harness.core

import kotlin.math.abs
import kotlin.math.floor
import kotlin.math.max
import kotlin.math.min

/** A photo to an input's size, `pillow-bilinear` to the last bit; docs/preprocessing.md, "Resize". */
object Resize {
    private const val BITS = 22

    /** Resize in two passes, each rounded to 8 bits; columns first where the height shrinks by far more. */
    fun resize(picture: Picture, heightPx: Int, widthPx: Int): Picture {
        val lessHeight = picture.heightPx - heightPx
        val lessWidth = picture.widthPx - widthPx
        return if (lessHeight > max(0, 2 * lessWidth)) {
            across(down(picture, heightPx), widthPx)
        } else {
            down(across(picture, widthPx), heightPx)
        }
    }

    /** The inputs that one output takes, from [first] on, and their weights in 22 bits. */
    private class Taps(val first: Int, val weights: IntArray)

    private fun across(picture: Picture, widthPx: Int): Picture {
        if (picture.widthPx == widthPx) return picture
        val taps = taps(picture.widthPx, widthPx)
        val rgb = ByteArray(3 * picture.heightPx * widthPx)
        for (row in 0 until picture.heightPx) {
            val from = 3 * row * picture.widthPx
            var at = 3 * row * widthPx
            for (tap in taps) {
                for (channel in 0..2) rgb[at++] = mixed(picture.rgb, from + 3 * tap.first + channel, 3, tap.weights)
            }
        }
        return Picture(picture.heightPx, widthPx, rgb)
    }

    private fun down(picture: Picture, heightPx: Int): Picture {
        if (picture.heightPx == heightPx) return picture
        val line = 3 * picture.widthPx
        val rgb = ByteArray(line * heightPx)
        for ((row, tap) in taps(picture.heightPx, heightPx).withIndex()) {
            for (place in 0 until line) {
                rgb[row * line + place] = mixed(picture.rgb, tap.first * line + place, line, tap.weights)
            }
        }
        return Picture(heightPx, picture.widthPx, rgb)
    }

    private fun mixed(rgb: ByteArray, start: Int, step: Int, weights: IntArray): Byte {
        var total = 1 shl BITS - 1
        var at = start
        for (weight in weights) {
            total += weight * (rgb[at].toInt() and 0xFF)
            at += step
        }
        return (total shr BITS).coerceIn(0, 255).toByte()
    }

    private fun taps(count: Int, size: Int): List<Taps> {
        val scale = count.toDouble() / size
        val wide = max(scale, 1.0)
        return List(size) { place ->
            val center = (place + 0.5) * scale
            val first = max(0, (center - wide + 0.5).toInt())
            val last = min(count, (center + wide + 0.5).toInt())
            val weights = DoubleArray(last - first) { max(0.0, 1 - abs((first + it - center + 0.5) * (1 / wide))) }
            val whole = weights.sum()
            Taps(first, IntArray(weights.size) { floor(weights[it] / whole * (1 shl BITS) + 0.5).toInt() })
        }
    }
}
