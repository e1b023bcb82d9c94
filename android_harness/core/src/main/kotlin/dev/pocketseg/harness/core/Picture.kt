package dev.pocketseg.harness.core

/** A picture of 8-bit RGB, row by row from the upper left, three bytes a pixel. */
class Picture(val heightPx: Int, val widthPx: Int, val rgb: ByteArray) {
    init {
        if (heightPx < 1 || widthPx < 1 || rgb.size.toLong() != 3L * heightPx * widthPx) {
            throw DataRefused(DataFault.OTHER_SIZE, "${rgb.size} bytes are no $heightPx x $widthPx picture")
        }
    }

    /** One of the three values at a pixel, 0 to 255. */
    fun at(row: Int, column: Int, channel: Int): Int = rgb[(row * widthPx + column) * 3 + channel].toInt() and 0xFF

    companion object {
        /** Take the colours of Android's `getPixels`: ints of ARGB, not premultiplied; alpha is left out. */
        fun ofArgb(heightPx: Int, widthPx: Int, argb: IntArray): Picture {
            val rgb = ByteArray(3 * argb.size)
            for ((place, color) in argb.withIndex()) {
                rgb[3 * place] = (color shr 16).toByte()
                rgb[3 * place + 1] = (color shr 8).toByte()
                rgb[3 * place + 2] = color.toByte()
            }
            return Picture(heightPx, widthPx, rgb)
        }
    }
}
