package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.DevicePart
import dev.pocketseg.harness.core.Picture
import dev.pocketseg.harness.core.StatePart
import java.io.File

/** A device that is made up; what it says can be changed while it is used. */
class FakeDevice(
    var isReady: () -> Boolean = { true },
    var batteryC: () -> Double? = { 30.0 },
    var isDebugged: () -> Boolean = { false },
    var decoded: (File) -> Picture = { throw CannotRun("it is no photo") },
) : Device {
    override val memoryMetric = "rss"
    override val isDebugBuild = false
    override val hasDebugger get() = isDebugged()

    override fun facts() = Pair(
        DevicePart("Made", "Up", null, null, null, 8, 1L shl 33, "Android 15", "arm64", false),
        listOf("soc", "cpu", "cpu_features").associate { "/device/$it" to SILENT },
    )

    override fun state() = Pair(
        StatePart("2026-01-02T03:04:05Z", "battery", batteryC(), "", false, isReady(), null, null, 1.0, null),
        listOf("battery_c", "busy_cores", "load_1min", "governor").associateWith { SILENT },
    )

    override fun readiness() = Readiness(isReady(), "the screen is locked; unlock it")
    override fun memoryBytes() = Known.of(50_000_000L)
    override fun peakMemoryBytes() = Known.of(60_000_000L)
    override fun cores() = CoresSeen(Known.of(listOf(4, 7)), Known.unknown(SILENT))
    override fun cpuMs() = Known.of(System.nanoTime() / 1e6)
    override fun waitedMs() = Known.unknown<Double>(SILENT)
    override fun decode(photo: File) = decoded(photo)

    private companion object {
        const val SILENT = "this device is made up"
    }
}

/** A clock that goes on a little at each look, and by what is slept. */
class FakeClock : Clock {
    private var ns = 0L
    var slept = 0
        private set

    override fun nanoTime(): Long {
        ns += 1_000
        return ns
    }

    override fun epochMs() = 1_767_323_045_678L + ns / 1_000_000
    override fun sleep(ms: Long) {
        slept++
        ns += ms * 1_000_000
    }
}
