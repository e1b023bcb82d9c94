package dev.pocketseg.harness.run

/** What a job waits and dates by; tests have one of their own. Times are never taken of [epochMs]. */
interface Clock {
    fun nanoTime(): Long

    fun epochMs(): Long

    fun sleep(ms: Long)
}

/** The device's own. */
object SystemClock : Clock {
    override fun nanoTime(): Long = System.nanoTime()

    override fun epochMs(): Long = System.currentTimeMillis()

    override fun sleep(ms: Long) = Thread.sleep(ms)
}
