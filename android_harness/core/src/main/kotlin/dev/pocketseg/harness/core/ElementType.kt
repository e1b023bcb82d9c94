package dev.pocketseg.harness.core

import java.nio.ByteBuffer

/** The types of a tensor's numbers, and how one is read from little-endian memory. */
enum class ElementType(val code: String, val sizeBytes: Int) {
    BOOL("bool", 1),
    INT8("int8", 1),
    UINT8("uint8", 1),
    INT16("int16", 2),
    UINT16("uint16", 2),
    INT32("int32", 4),
    INT64("int64", 8),
    FLOAT16("float16", 2),
    FLOAT32("float32", 4),
    FLOAT64("float64", 8),
    ;

    /** Read a number; of 64-bit integers those beyond 2^53 lose digits. */
    internal fun number(memory: ByteBuffer, at: Int): Double = when (this) {
        FLOAT16 -> Half.toFloat(memory.getShort(at).toInt() and 0xFFFF).toDouble()
        FLOAT32 -> memory.getFloat(at).toDouble()
        FLOAT64 -> memory.getDouble(at)
        else -> whole(memory, at).toDouble()
    }

    /** Read a whole number; a float that is none gives -1, which is no class. */
    internal fun whole(memory: ByteBuffer, at: Int): Long = when (this) {
        INT8 -> memory.get(at).toLong()
        BOOL, UINT8 -> memory.get(at).toLong() and 0xFF
        INT16 -> memory.getShort(at).toLong()
        UINT16 -> memory.getShort(at).toLong() and 0xFFFF
        INT32 -> memory.getInt(at).toLong()
        INT64 -> memory.getLong(at)
        else -> number(memory, at).let { if (it == Math.rint(it) && it >= 0 && it < 1e9) it.toLong() else -1 }
    }

    companion object {
        fun named(code: String): ElementType? = values().firstOrNull { it.code == code }
    }
}
