package dev.pocketseg.harness.device

import android.app.ActivityManager
import android.content.Context
import android.content.pm.ApplicationInfo
import android.os.Build
import android.os.Debug
import android.os.PowerManager
import dev.pocketseg.harness.core.DevicePart
import dev.pocketseg.harness.core.Moment
import dev.pocketseg.harness.core.Picture
import dev.pocketseg.harness.core.StatePart
import dev.pocketseg.harness.run.CoresSeen
import dev.pocketseg.harness.run.Device
import dev.pocketseg.harness.run.Known
import dev.pocketseg.harness.run.Readiness
import java.io.File

/** This device, by what Android lets an app see of it. */
class AndroidDevice(
    private val context: Context,
    private val front: Front,
    private val files: ProcFiles = ProcFiles(),
) : Device {
    constructor(context: Context) : this(context, Front(context, Front.ON_TOP))

    private val times = ThreadTimes(files)
    private val seen = CoresReader(files)

    override fun facts(): Pair<DevicePart, Map<String, String>> {
        val why = Reasons("/device/")
        val info = files.cpuInfo()
        val unread = "the system does not let the app read /proc/cpuinfo"
        val part = DevicePart(
            maker = why.of("maker", Names.known(Build.MANUFACTURER)),
            model = why.of("model", Names.known(Build.MODEL)),
            soc = why.of("soc", Names.soc()),
            cpu = why.of("cpu", info?.let(ProcTexts::processor) ?: Known.unknown(unread)),
            cpuFeatures = why.of("cpu_features", info?.let(ProcTexts::features) ?: Known.unknown(unread)),
            cores = Runtime.getRuntime().availableProcessors(),
            memoryBytes = deviceMemoryBytes(),
            os = Names.os(),
            machine = why.of("machine", Names.machine()),
            isSimulator = Names.isSimulator(),
        )
        return part to why.texts
    }

    override fun state(): Pair<StatePart, Map<String, String>> {
        val why = Reasons("")
        val battery = Battery.of(context)
        val closed = Known.unknown<Double>("Android does not let an app see what the other processes do")
        val part = StatePart(
            at = Moment.text(System.currentTimeMillis()),
            power = why.of("power", battery.power),
            batteryC = why.of("battery_c", battery.temperatureC),
            thermal = why.of("thermal", Thermal.status(context)),
            isLowPower = context.service<PowerManager>().isPowerSaveMode,
            isForeground = front.isInFront(),
            busyCores = why.of("busy_cores", closed),
            load1Min = why.of("load_1min", closed),
            frequencyShare = why.of("frequency_share", frequencyShare()),
            governor = why.of("governor", governor()),
        )
        return part to why.texts
    }

    override fun readiness(): Readiness = front.readiness()

    override val memoryMetric = "rss"

    override fun memoryBytes(): Known<Long> = memory("VmRSS")

    override fun peakMemoryBytes(): Known<Long> = memory("VmHWM")

    override fun cores(): CoresSeen = seen.seen()

    override fun cpuMs(): Known<Double> = times.ranMs()

    override fun waitedMs(): Known<Double> = times.waitedMs()

    override val isDebugBuild: Boolean
        get() = context.applicationInfo.flags and ApplicationInfo.FLAG_DEBUGGABLE != 0

    /** One of Java, or a native one, which traces the process. */
    override val hasDebugger: Boolean
        get() = Debug.isDebuggerConnected() || files.status()?.let(ProcTexts::isTraced) == true

    override fun decode(photo: File): Picture = PhotoDecoder.decode(photo)

    private fun deviceMemoryBytes(): Long {
        val info = ActivityManager.MemoryInfo()
        context.service<ActivityManager>().getMemoryInfo(info)
        return info.totalMem
    }

    private fun memory(key: String): Known<Long> = files.status()?.let { ProcTexts.statusBytes(it, key) }
        ?: Known.unknown("the system does not let the app read /proc/self/status")

    /** Of the quickest core, after a moment of work: one that sleeps says nothing of how fast it would work. */
    private fun frequencyShare(): Known<Double> {
        val untilNs = System.nanoTime() + SPIN_NS
        while (System.nanoTime() < untilNs) spun++
        val most = files.cores().mapNotNull(files::frequencyShare).maxOrNull()
        return if (most == null) Known.unknown(CoresReader.NO_FREQUENCY) else Known.of(most)
    }

    private fun governor(): Known<String> {
        val names = files.cores().mapNotNull(files::governor).distinct()
        if (names.isEmpty()) return Known.unknown("the system does not let the app read it")
        return Known.of(names.joinToString())
    }

    private companion object {
        const val SPIN_NS = 20_000_000L

        @Volatile
        var spun = 0
    }
}

/** Keeps why what is null is null. */
private class Reasons(private val prefix: String) {
    val texts = HashMap<String, String>()

    fun <T : Any> of(name: String, known: Known<T>): T? {
        known.why?.let { texts[prefix + name] = it }
        return known.value
    }
}
