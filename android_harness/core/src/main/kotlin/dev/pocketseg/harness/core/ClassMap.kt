package dev.pocketseg.harness.core

/**
 * The class of each pixel, row by row from the upper left; a byte is a class from 0 to 255.
 *
 * Bytes of Kotlin are signed: ask [at] and not the array.
 */
class ClassMap(val heightPx: Int, val widthPx: Int, val pixels: ByteArray) {
    init {
        if (heightPx < 1 || widthPx < 1 || pixels.size.toLong() != heightPx.toLong() * widthPx) {
            throw DataRefused(DataFault.OTHER_SIZE, "${pixels.size} pixels are no $heightPx x $widthPx class map")
        }
    }

    /** The class at a place in row-major order, 0 to 255. */
    fun at(place: Int): Int = pixels[place].toInt() and 0xFF

    /** Bring it to another size by taking the nearest pixel, which is found in whole numbers. */
    fun resized(heightPx: Int, widthPx: Int): ClassMap {
        val columns = nearest(this.widthPx, widthPx)
        val rows = nearest(this.heightPx, heightPx)
        val found = ByteArray(heightPx * widthPx)
        for (y in 0 until heightPx) {
            val row = rows[y] * this.widthPx
            for (x in 0 until widthPx) found[y * widthPx + x] = pixels[row + columns[x]]
        }
        return ClassMap(heightPx, widthPx, found)
    }

    override fun equals(other: Any?): Boolean = other is ClassMap && heightPx == other.heightPx &&
        widthPx == other.widthPx && pixels.contentEquals(other.pixels)

    override fun hashCode(): Int = 31 * heightPx + pixels.contentHashCode()

    private fun nearest(count: Int, size: Int) = IntArray(size) { ((2L * it + 1) * count / (2L * size)).toInt() }
}
