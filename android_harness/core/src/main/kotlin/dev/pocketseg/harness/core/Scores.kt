package dev.pocketseg.harness.core

/**
 * Scores in single precision, one plane of [heightPx] x [widthPx] a class; docs/preprocessing.md, "Back to the photo's size".
 *
 * [notFinite] says how many are NaN or infinite: a file that gives any fails, though its class map is defined.
 */
class Scores(val classes: Int, val heightPx: Int, val widthPx: Int, val values: FloatArray, val notFinite: Int) {
    private val finite: FloatArray by lazy {
        if (notFinite == 0) values else FloatArray(values.size) { finite(values[it]) }
    }

    /** The class map at a photo's size: scores are resized bilinearly, then the first of the highest is taken. */
    fun classMap(photoHeightPx: Int, photoWidthPx: Int): ClassMap {
        val rows = Neighbours(heightPx, photoHeightPx)
        val columns = Neighbours(widthPx, photoWidthPx)
        val pixels = ByteArray(photoHeightPx * photoWidthPx)
        val best = FloatArray(photoWidthPx)
        val line = FloatArray(widthPx)
        for (y in 0 until photoHeightPx) {
            val start = y * photoWidthPx
            for (number in 0 until classes) {
                mixRows(number, rows, y, line)
                for (x in 0 until photoWidthPx) {
                    val share = columns.share[x]
                    val value = line[columns.low[x]] * (1 - share) + line[columns.high[x]] * share
                    if (number == 0 || value > best[x]) {
                        best[x] = value
                        pixels[start + x] = number.toByte()
                    }
                }
            }
        }
        return ClassMap(photoHeightPx, photoWidthPx, pixels)
    }

    private fun mixRows(number: Int, rows: Neighbours, y: Int, line: FloatArray) {
        val low = (number * heightPx + rows.low[y]) * widthPx
        val high = (number * heightPx + rows.high[y]) * widthPx
        val share = rows.share[y]
        for (x in 0 until widthPx) line[x] = finite[low + x] * (1 - share) + finite[high + x] * share
    }

    /** Which two inputs each output lies between, half-pixel centres, edges repeated, and how near the second is. */
    private class Neighbours(count: Int, size: Int) {
        private val place = DoubleArray(size) { maxOf(0.0, (it + 0.5) * count / size - 0.5) }
        val low = IntArray(size) { minOf(place[it].toInt(), count - 1) }
        val high = IntArray(size) { minOf(low[it] + 1, count - 1) }
        val share = FloatArray(size) { (place[it] - low[it]).toFloat() }
    }

    private companion object {
        fun finite(value: Float): Float = when {
            value.isNaN() -> -Float.MAX_VALUE
            else -> value.coerceIn(-Float.MAX_VALUE, Float.MAX_VALUE)
        }
    }
}
