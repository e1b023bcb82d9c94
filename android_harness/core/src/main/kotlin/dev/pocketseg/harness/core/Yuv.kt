package dev.pocketseg.harness.core

import java.nio.ByteBuffer

/** A plane of Android's `YUV_420_888`: rows may be padded, samples may alternate with those of another plane. */
class Plane(val memory: ByteBuffer, val offset: Int, val rowStrideBytes: Int, val pixelStrideBytes: Int)

/** A camera's planes to RGB: BT.601 at full range in whole numbers; docs/preprocessing.md, "From a camera". */
object Yuv {
    /** Convert planes. Throws [DataRefused] where a sample would lie beyond its plane's memory. */
    fun toRgb(heightPx: Int, widthPx: Int, y: Plane, u: Plane, v: Plane): Picture {
        checkReach(y, heightPx, widthPx)
        for (plane in listOf(u, v)) checkReach(plane, (heightPx + 1) / 2, (widthPx + 1) / 2)
        val rgb = ByteArray(3 * heightPx * widthPx)
        var at = 0
        for (row in 0 until heightPx) {
            val lumaRow = y.offset + row * y.rowStrideBytes
            val uRow = u.offset + row / 2 * u.rowStrideBytes
            val vRow = v.offset + row / 2 * v.rowStrideBytes
            for (column in 0 until widthPx) {
                val luma = sample(y, lumaRow + column * y.pixelStrideBytes)
                val blue = sample(u, uRow + column / 2 * u.pixelStrideBytes) - 128
                val red = sample(v, vRow + column / 2 * v.pixelStrideBytes) - 128
                rgb[at++] = cut(luma + ((91_881 * red + 32_768) shr 16))
                rgb[at++] = cut(luma + ((32_768 - 22_554 * blue - 46_802 * red) shr 16))
                rgb[at++] = cut(luma + ((116_130 * blue + 32_768) shr 16))
            }
        }
        return Picture(heightPx, widthPx, rgb)
    }

    private fun sample(plane: Plane, place: Int) = plane.memory.get(place).toInt() and 0xFF

    private fun cut(value: Int) = value.coerceIn(0, 255).toByte()

    /** The last row of a plane ends with its last sample: nothing beyond it is read, nor need be there. */
    private fun checkReach(plane: Plane, rows: Int, columns: Int) {
        val last = plane.offset + (rows - 1L) * plane.rowStrideBytes + (columns - 1L) * plane.pixelStrideBytes
        val isWithin = plane.offset >= 0 && plane.rowStrideBytes >= 0 && plane.pixelStrideBytes >= 0 &&
            last < plane.memory.limit()
        if (!isWithin) throw DataRefused(DataFault.BEYOND_MEMORY, "a plane is shorter than its strides say")
    }
}
