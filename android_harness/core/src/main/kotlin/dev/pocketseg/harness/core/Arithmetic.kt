package dev.pocketseg.harness.core

/** The coarsest numbers that a file or an accelerator computes in, fine to coarse; docs/bundle.md. */
enum class Arithmetic(val code: String, val edgeShare: Double) {
    FLOAT32("float32", 0.01),
    FLOAT16("float16", 0.1),
    INT8("int8", 0.2),
    ;

    /** The coarser of this and another; one that is not known counts as 16-bit floats. */
    fun coarser(other: Arithmetic?): Arithmetic = maxOf(this, other ?: FLOAT16)

    companion object {
        fun named(code: String): Arithmetic? = values().firstOrNull { it.code == code }
    }
}
