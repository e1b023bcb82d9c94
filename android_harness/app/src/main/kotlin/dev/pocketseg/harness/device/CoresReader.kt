package dev.pocketseg.harness.device

import dev.pocketseg.harness.run.CoresSeen
import dev.pocketseg.harness.run.Known

/** On which cores this process's threads were last seen: those that have run since it was asked before. */
class CoresReader(private val files: ProcFiles) {
    private var before = emptyMap<Int, Long>()

    fun seen(): CoresSeen {
        val now = HashMap<Int, Long>()
        val cores = sortedSetOf<Int>()
        var readable = 0
        for (thread in files.threads()) {
            val place = files.threadPlace(thread) ?: continue
            readable++
            val ran = files.threadTimes(thread)?.ranNs
            if (ran != null) now[thread] = ran
            val hasRun = place.state == 'R' || ran == null || ran > (before[thread] ?: 0L)
            if (hasRun) cores.add(place.core)
        }
        before = now
        if (readable == 0) {
            val why = "the system does not let the app read /proc/self/task/*/stat"
            return CoresSeen(Known.unknown(why), Known.unknown(why))
        }
        return CoresSeen(Known.of(cores.toList()), shares(cores.toList()))
    }

    private fun shares(cores: List<Int>): Known<List<Double>> {
        val shares = cores.map { files.frequencyShare(it) }
        if (shares.any { it == null }) return Known.unknown(NO_FREQUENCY)
        return Known.of(shares.filterNotNull())
    }

    companion object {
        const val NO_FREQUENCY = "the system does not let the app read cpufreq of every core"
    }
}
