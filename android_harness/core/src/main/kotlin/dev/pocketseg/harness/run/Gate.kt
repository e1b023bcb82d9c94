package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.Decimals

/**
 * Lets a launch begin once the screen is on, unlocked and the app in front, and the battery is cool enough.
 *
 * It waits, and not for ever: docs/bundle.md, `/job/limits/max_temp_c`. A temperature that is not known counts as fine.
 */
internal class Gate(
    private val device: Device,
    private val clock: Clock,
    private val maxTempC: Double?,
    private val effort: JobEffort,
) {
    /** Wait; return why it may not begin, null where it may. [waiting] hears for what, each second. */
    fun pass(waiting: (String) -> Unit): String? {
        val startNs = clock.nanoTime()
        while (true) {
            val (why, limitS) = closed() ?: return null
            if ((clock.nanoTime() - startNs) / 1e9 >= limitS) return "$why, and still was after ${limitS.toLong()} s"
            waiting(why)
            clock.sleep(LOOK_EVERY_MS)
        }
    }

    /** Why it is closed just now, and for how long that is borne. */
    private fun closed(): Pair<String, Double>? {
        val readiness = device.readiness()
        if (!readiness.isReady) return Pair("it could not begin: ${readiness.message}", effort.readyS)
        val batteryC = device.state().first.batteryC
        if (maxTempC == null || batteryC == null || batteryC <= maxTempC) return null
        val most = Decimals.fixed(maxTempC, 1)
        return Pair("the battery was too hot, ${Decimals.fixed(batteryC, 1)} °C where $most is the most", effort.hotS)
    }

    private companion object {
        const val LOOK_EVERY_MS = 1000L
    }
}
