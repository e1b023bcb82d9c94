package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.DevicePart
import dev.pocketseg.harness.core.MemoryPart
import dev.pocketseg.harness.core.Picture
import dev.pocketseg.harness.core.StatePart
import java.io.File

/** A value, or why there is none: never both. */
class Known<T : Any> private constructor(val value: T?, val why: String?) {
    companion object {
        fun <T : Any> of(value: T) = Known(value, null)
        fun <T : Any> unknown(why: String) = Known<T>(null, why)
    }
}

/** What the device and its system say; an app has it from Android, tests make one up. */
interface Device {
    /** Names and sizes, and by JSON pointer (`/device/soc`) why what is null is null. */
    fun facts(): Pair<DevicePart, Map<String, String>>

    /** How it is just now, and by the field's name (`battery_c`) why what is null is null. */
    fun state(): Pair<StatePart, Map<String, String>>

    /** Whether the screen is on, unlocked and the app in front. */
    fun readiness(): Readiness

    /** What the process whose memory is asked for has just now, in bytes. */
    fun memoryBytes(): Known<Long>

    /** The most that it ever had. */
    fun peakMemoryBytes(): Known<Long>

    /** What the system calls those two: `rss` or `pss`. */
    val memoryMetric: String

    /** Where this process's threads last ran and how fast those cores are. */
    fun cores(): CoresSeen

    /** Processor time of this process, and what its threads waited for a processor, in ms. */
    fun cpuMs(): Known<Double>
    fun waitedMs(): Known<Double>

    val isDebugBuild: Boolean
    val hasDebugger: Boolean

    /** Decode a photo so that it stands upright. Throws [CannotRun]. */
    fun decode(photo: File): Picture
}

/** Whether a measurement may begin; the message says what to do. */
class Readiness(val isReady: Boolean, val message: String)

/** The cores on which threads were last seen, ascending, and each one's frequency as a share of its highest. */
class CoresSeen(val cores: Known<List<Int>>, val frequencyShare: Known<List<Double>>)
