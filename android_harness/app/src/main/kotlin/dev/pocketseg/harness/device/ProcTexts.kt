package dev.pocketseg.harness.device

import dev.pocketseg.harness.run.Known

/** What Linux writes of processes and cores, read from its text; a text that is damaged is unknown, with why. */
object ProcTexts {
    private const val KIBIBYTE = 1024L
    private const val PROCESSOR_FIELD = 36 // of stat, counted from the first behind the name
    private val SPACES = Regex("[ \t]+")

    /** Time on a processor and time waited for one, of a thread, in ns. */
    data class Times(val ranNs: Long, val waitedNs: Long)

    /** A thread's state, and the core on which it was last seen. */
    data class Place(val state: Char, val core: Int)

    /** A line of /proc/self/status, such as `VmHWM:  123456 kB`, in bytes. */
    fun statusBytes(text: String, key: String): Known<Long> {
        val line = text.lineSequence().firstOrNull { it.startsWith("$key:") }
            ?: return Known.unknown("/proc/self/status has no $key")
        val words = line.substring(key.length + 1).trim().split(SPACES)
        val value = words[0].toLongOrNull()
        if (words.size != 2 || words[1] != "kB" || value == null || value !in 0..Long.MAX_VALUE / KIBIBYTE) {
            return Known.unknown("$key in /proc/self/status is no number of kB")
        }
        return Known.of(value * KIBIBYTE)
    }

    /** Whether another process traces this one, as native debuggers do; a /proc/self/status that does not say so: no. */
    fun isTraced(text: String): Boolean {
        val line = text.lineSequence().firstOrNull { it.startsWith("TracerPid:") } ?: return false
        return (line.substringAfter(':').trim().toLongOrNull() ?: 0L) != 0L
    }

    /** A schedstat: `ran waited slices`. */
    fun times(text: String): Times? {
        val words = text.trim().split(SPACES)
        val ran = words[0].toLongOrNull()
        val waited = words.getOrNull(1)?.toLongOrNull()
        return if (words.size == 3 && ran != null && waited != null && ran >= 0 &&
            waited >= 0
        ) {
            Times(ran, waited)
        } else {
            null
        }
    }

    /** A thread's stat; its name may hold spaces and brackets. */
    fun place(text: String): Place? {
        val end = text.lastIndexOf(')')
        if (end < 0) return null
        val words = text.substring(end + 1).trim().split(SPACES)
        val core = words.getOrNull(PROCESSOR_FIELD)?.toIntOrNull()
        val state = words[0].singleOrNull()
        return if (core != null && core >= 0 && state != null) Place(state, core) else null
    }

    /** A frequency in kHz, above 0. */
    fun frequency(text: String): Long? = text.trim().toLongOrNull()?.takeIf { it > 0 }

    /** What /proc/cpuinfo says the processor can do, in the system's names. */
    fun features(text: String): Known<List<String>> {
        val found = field(text, "Features") ?: field(text, "flags")
        return if (found == null) Known.unknown("/proc/cpuinfo lists no features") else Known.of(found.split(SPACES))
    }

    /** What /proc/cpuinfo calls the processor. */
    fun processor(text: String): Known<String> {
        val found = field(text, "model name") ?: field(text, "Hardware") ?: field(text, "Processor")
        return if (found == null) Known.unknown("/proc/cpuinfo does not name the processor") else Known.of(found)
    }

    private fun field(text: String, key: String): String? = text.lineSequence()
        .filter { it.substringBefore(':').trim() == key && ':' in it }
        .map { it.substringAfter(':').trim() }
        .firstOrNull { it.isNotEmpty() }
}
