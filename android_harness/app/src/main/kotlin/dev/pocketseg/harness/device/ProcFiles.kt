package dev.pocketseg.harness.device

import java.io.File
import java.io.FileInputStream
import java.io.IOException

/** The files in which Linux says of this process and of its cores; a phone lets an app read more or fewer of them. */
class ProcFiles(
    private val process: File = File("/proc/self"),
    private val cpuInfo: File = File("/proc/cpuinfo"),
    private val cores: File = File("/sys/devices/system/cpu"),
) {
    fun status(): String? = text(File(process, "status"))

    fun cpuInfo(): String? = text(cpuInfo)

    /** The threads of this process. */
    fun threads(): List<Int> = File(process, "task").list().orEmpty().mapNotNull { it.toIntOrNull() }.sorted()

    fun threadTimes(thread: Int): ProcTexts.Times? =
        text(File(process, "task/$thread/schedstat"))?.let(ProcTexts::times)

    fun threadPlace(thread: Int): ProcTexts.Place? = text(File(process, "task/$thread/stat"))?.let(ProcTexts::place)

    /** All cores that the system has, as far as it shows them. */
    fun cores(): List<Int> = cores.list().orEmpty()
        .mapNotNull { name -> if (name.startsWith("cpu")) name.substring(3).toIntOrNull() else null }.sorted()

    /** A core's frequency as a share of its highest. */
    fun frequencyShare(core: Int): Double? {
        val now = frequency(core, "scaling_cur_freq") ?: return null
        val most = frequency(core, "cpuinfo_max_freq") ?: return null
        return minOf(now.toDouble() / most, 1.0)
    }

    fun governor(core: Int): String? =
        text(File(cores, "cpu$core/cpufreq/scaling_governor"))?.trim()?.takeIf { it.isNotEmpty() }

    private fun frequency(core: Int, name: String) =
        text(File(cores, "cpu$core/cpufreq/$name"))?.let(ProcTexts::frequency)

    /** Null for a file that is not there or may not be read; a thread may end while it is looked at. */
    private fun text(file: File): String? = try {
        FileInputStream(file).use { stream ->
            val held = ByteArray(MOST_BYTES)
            var count = 0
            while (count < MOST_BYTES) {
                val more = stream.read(held, count, MOST_BYTES - count)
                if (more < 0) break
                count += more
            }
            String(held, 0, count, Charsets.UTF_8)
        }
    } catch (_: IOException) {
        null
    }

    private companion object {
        const val MOST_BYTES = 1 shl 16
    }
}
