package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.Decimals

/**
 * Lets a launch begin once the screen is on, unlocked and the app in front, and the battery is cool enough.
 *
 * It waits, and not for ever: docs/bundle.md, `/job/limits/max_temp_c`. A temperature that is not known counts as fine.
 * Heat that does not end is waited for once and not by each launch anew: its limit counts from when it was first seen.
 */
internal class Gate(
    private val device: Device,
    private val clock: Clock,
    private val maxTempC: Double?,
    private val effort: JobEffort,
) {
    /** When the heat was first seen that has not ended since; null while it is cool. */
    private var hotSinceNs: Long? = null

    /** Wait; return why it may not begin, null where it may. [waiting] hears for what, each second. */
    fun pass(waiting: (String) -> Unit): Closed? {
        val startNs = clock.nanoTime()
        while (true) {
            val closed = closed() ?: return null
            val sinceNs = if (closed.isHeat) hotSinceNs ?: startNs else startNs
            val limitS = if (closed.isHeat) effort.hotS else effort.readyS
            if ((clock.nanoTime() - sinceNs) / 1e9 >= limitS) {
                return closed.copy(why = "${closed.why}, and still was after ${limitS.toLong()} s")
            }
            waiting(closed.why)
            clock.sleep(LOOK_EVERY_MS)
        }
    }

    private fun closed(): Closed? {
        val readiness = device.readiness()
        if (!readiness.isReady) return Closed("it could not begin: ${readiness.message}", isHeat = false)
        val batteryC = device.state().first.batteryC
        if (maxTempC == null || batteryC == null || batteryC <= maxTempC) {
            hotSinceNs = null
            return null
        }
        if (hotSinceNs == null) hotSinceNs = clock.nanoTime()
        val most = Decimals.fixed(maxTempC, 1)
        val why = "the battery was too hot, ${Decimals.fixed(batteryC, 1)} °C where $most is the most"
        return Closed(why, isHeat = true)
    }

    private companion object {
        const val LOOK_EVERY_MS = 1000L
    }
}

/** Why a launch may not begin. [isHeat]: the screen is ready, and the battery alone too hot. */
internal data class Closed(val why: String, val isHeat: Boolean)
