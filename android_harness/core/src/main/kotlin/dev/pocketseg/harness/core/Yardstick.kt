package dev.pocketseg.harness.core

/** Two fixed pieces of work that tell how fast a device is just now; docs/method.md, "The yardstick". */
class Yardstick(private val nanoTime: () -> Long = System::nanoTime) {
    private val values = DoubleArray(VALUES) { it.toDouble() }

    /** What the work last came to, so that no compiler leaves it out. */
    @Volatile
    var result: Double = 0.0
        private set

    /** Do each piece twice; the quicker counts. */
    fun read() = Reading(
        integerMs = minOf(timedMs { result = integer().toDouble() }, timedMs { result = integer().toDouble() }),
        memoryMs = minOf(timedMs { result = memory() }, timedMs { result = memory() }),
    )

    private fun integer(): Int {
        var value = 1
        repeat(STEPS) { value = value * 1_103_515_245 + 12_345 and Int.MAX_VALUE }
        return value
    }

    private fun memory(): Double {
        var sum = 0.0
        for (value in values) sum += value
        return sum
    }

    private inline fun timedMs(work: () -> Unit): Double {
        val start = nanoTime()
        work()
        return (nanoTime() - start) / 1e6
    }

    companion object {
        /** Readings of two versions do not compare. */
        const val VERSION = "kotlin-1"
        private const val STEPS = 6000
        private const val VALUES = 1 shl 20
    }
}
