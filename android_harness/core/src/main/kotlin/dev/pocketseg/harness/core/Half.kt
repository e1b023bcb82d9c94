package dev.pocketseg.harness.core

/** 16-bit floats, which Java 8 does not know. */
internal object Half {
    /** Widen the 16 bits of a float16; exact. */
    fun toFloat(bits: Int): Float {
        val sign = bits and 0x8000 shl 16
        val exponent = bits shr 10 and 0x1F
        val fraction = bits and 0x3FF
        return when (exponent) {
            0 -> (fraction * (1f / (1 shl 24))).let { if (sign == 0) it else -it }
            0x1F -> Float.fromBits(sign or 0x7F800000 or (fraction shl 13))
            else -> Float.fromBits(sign or (exponent + 112 shl 23) or (fraction shl 13))
        }
    }

    /** The 16 bits of a whole number from 0 to 255, which each is exact in. */
    fun ofByte(value: Int): Int {
        if (value == 0) return 0
        val bits = value.toFloat().toRawBits()
        return ((bits shr 23) - 112 shl 10) or (bits shr 13 and 0x3FF)
    }
}
