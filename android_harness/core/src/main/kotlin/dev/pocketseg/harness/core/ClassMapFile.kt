package dev.pocketseg.harness.core

import java.io.ByteArrayOutputStream
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** The .runs file of a class map: runs of equal pixels, in the one form that each map has; docs/bundle.md. */
object ClassMapFile {
    private const val MOST_PIXELS = 100_000_000L
    private const val HEADER_BYTES = 13
    private const val VERSION = 1
    private const val VARINT_BYTES = 4 // hold 28 bits, more than the most pixels
    private val MAGIC = byteArrayOf('P'.code.toByte(), 'S'.code.toByte(), 'C'.code.toByte(), 'M'.code.toByte())

    /** Write a map. */
    fun encode(map: ClassMap): ByteArray {
        val header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN)
        header.put(MAGIC).put(VERSION.toByte()).putInt(map.heightPx).putInt(map.widthPx)
        val out = ByteArrayOutputStream()
        out.write(header.array(), 0, HEADER_BYTES)
        var start = 0
        while (start < map.pixels.size) {
            var end = start
            while (end < map.pixels.size && map.pixels[end] == map.pixels[start]) end++
            out.write(map.at(start))
            var length = end - start
            while (length >= 0x80) {
                out.write(length and 0x7F or 0x80)
                length = length ushr 7
            }
            out.write(length)
            start = end
        }
        return out.toByteArray()
    }

    /** Read a map; nothing is allocated before its runs are known to fill it. Throws [ClassMapRefused]. */
    fun decode(data: ByteArray): ClassMap {
        val (height, width) = size(data)
        walk(data, height * width) { _, _, _ -> }
        val pixels = ByteArray(height * width)
        walk(data, height * width) { kind, start, end -> pixels.fill(kind, start, end) }
        return ClassMap(height, width, pixels)
    }
    private inline fun walk(data: ByteArray, whole: Int, take: (kind: Byte, start: Int, end: Int) -> Unit) {
        val runs = ByteBuffer.wrap(data, HEADER_BYTES, data.size - HEADER_BYTES)
        var filled = 0
        var last = -1
        while (runs.hasRemaining()) {
            val kind = runs.get().toInt() and 0xFF
            val length = length(runs)
            if (length == 0 || kind == last) refuse(ClassMapFault.NOT_CANONICAL, "two neighbouring runs are one")
            if (length > whole - filled) refuse(ClassMapFault.TOO_LONG, "its runs have more pixels than it has")
            take(kind.toByte(), filled, filled + length)
            filled += length
            last = kind
        }
        if (filled < whole) refuse(ClassMapFault.TRUNCATED, "its runs fill $filled of $whole pixels")
    }

    private fun size(data: ByteArray): Pair<Int, Int> {
        if (data.size < MAGIC.size || !data.copyOf(MAGIC.size).contentEquals(MAGIC)) {
            refuse(ClassMapFault.NO_CLASS_MAP, "it does not begin with PSCM")
        }
        if (data.size > MAGIC.size && data[MAGIC.size].toInt() != VERSION) {
            refuse(ClassMapFault.OTHER_VERSION, "it is of version ${data[MAGIC.size].toInt() and 0xFF}")
        }
        if (data.size < HEADER_BYTES) refuse(ClassMapFault.TRUNCATED, "it ends within its header")
        val fields = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN)
        val height = fields.getInt(5).toLong() and 0xFFFFFFFFL
        val width = fields.getInt(9).toLong() and 0xFFFFFFFFL
        val isWithin = height in 1..MOST_PIXELS && width in 1..MOST_PIXELS && height * width <= MOST_PIXELS
        if (!isWithin) refuse(ClassMapFault.BEYOND_BOUNDS, "it is of $height x $width pixels")
        return height.toInt() to width.toInt()
    }

    private fun length(runs: ByteBuffer): Int {
        var value = 0
        for (place in 0 until VARINT_BYTES) {
            if (!runs.hasRemaining()) refuse(ClassMapFault.TRUNCATED, "it ends within a run")
            val part = runs.get().toInt() and 0xFF
            value = value or ((part and 0x7F) shl 7 * place)
            if (part < 0x80) {
                if (place > 0 && part == 0) refuse(ClassMapFault.NOT_CANONICAL, "a length is not in its shortest form")
                return value
            }
        }
        refuse(ClassMapFault.TOO_LONG, "a length has too many bytes")
    }

    private fun refuse(fault: ClassMapFault, what: String): Nothing =
        throw ClassMapRefused(fault, "a class map is damaged: $what")
}
