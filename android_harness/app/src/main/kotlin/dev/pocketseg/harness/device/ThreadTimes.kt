package dev.pocketseg.harness.device

import dev.pocketseg.harness.run.Known

/** What this process's threads ran and waited, summed; one that has ended counts with what it was last seen with. */
class ThreadTimes(private val files: ProcFiles) {
    private val seen = HashMap<Int, ProcTexts.Times>()

    /** Processor time, in ms. */
    fun ranMs(): Known<Double> = summed { it.ranNs }

    /** Time in which threads could have run and no processor was free, in ms. */
    fun waitedMs(): Known<Double> = summed { it.waitedNs }

    private fun summed(part: (ProcTexts.Times) -> Long): Known<Double> {
        var readable = 0
        for (thread in files.threads()) {
            val times = files.threadTimes(thread) ?: continue
            seen[thread] = times
            readable++
        }
        if (readable == 0) return Known.unknown("the system does not let the app read /proc/self/task/*/schedstat")
        return Known.of(seen.values.sumOf(part) / NS_PER_MS)
    }

    private companion object {
        const val NS_PER_MS = 1e6
    }
}
