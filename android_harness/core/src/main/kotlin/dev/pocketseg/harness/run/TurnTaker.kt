package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.StatePart
import dev.pocketseg.harness.core.TurnDevice
import dev.pocketseg.harness.core.Yardstick

/**
 * Takes one turn of a loaded file: the yardstick, runs without a pause, the yardstick; docs/method.md.
 *
 * Nothing is made or looked at between the runs but two readings of the clock, and what was garbage is collected before.
 */
internal class TurnTaker(private val session: Session, private val device: Device, private val effort: TurnEffort) {
    private val yardstick = Yardstick()
    private var runMs = Double.POSITIVE_INFINITY

    @Volatile
    private var work = 0

    /** Run until it is steady; return how often that was. */
    fun warmUp(): Int {
        var runs = 0
        while (runs < 2 || runs < effort.warmUpRuns(runMs)) {
            val start = System.nanoTime()
            Outputs.of(session)
            runMs = minOf(runMs, (System.nanoTime() - start) / 1e6)
            runs++
        }
        return runs
    }

    /** Take it, after [warmUp]. [offsetMs]: since the task began. */
    fun take(offsetMs: Double): TurnTaken {
        val runs = effort.runs(runMs)
        val beganNs = LongArray(runs)
        val endedNs = LongArray(runs)
        val readiness = device.readiness()
        repeat(effort.yardstickReads) { yardstick.read() } // until it is compiled: a fresh process interprets it
        System.gc()
        wake()
        val before = yardstick.read()
        if (runMs <= effort.slowMs) session.run() // the yardstick has emptied the processor's caches
        val cpu = device.cpuMs()
        val waited = device.waitedMs()
        val startNs = System.nanoTime()
        for (place in 0 until runs) {
            beganNs[place] = System.nanoTime()
            session.run()
            endedNs[place] = System.nanoTime()
        }
        val wallMs = (System.nanoTime() - startNs) / 1e6
        val cpuAfter = device.cpuMs()
        val waitedAfter = device.waitedMs()
        val after = yardstick.read()
        val cores = device.cores()
        val (state, stateUnknown) = device.state()
        val isForeground = readiness.isReady && device.readiness().isReady
        val unknown = LinkedHashMap<String, String>()
        return TurnTaken(
            offsetMs = offsetMs,
            before = before,
            after = after,
            wallMs = wallMs,
            cpuMs = spent("cpu_ms", cpu, cpuAfter, unknown),
            waitedMs = spent("waited_ms", waited, waitedAfter, unknown),
            atMs = DoubleArray(runs) { (beganNs[it] - startNs) / 1e6 },
            executeMs = DoubleArray(runs) { (endedNs[it] - beganNs[it]) / 1e6 },
            device = seen(state, stateUnknown, cores, isForeground, unknown),
            unknown = unknown,
        )
    }

    /** Work for a moment: a processor that was asleep comes to its frequency. */
    private fun wake() {
        val untilNs = System.nanoTime() + (effort.wakeMs * 1e6).toLong()
        while (System.nanoTime() < untilNs) work++
    }

    private fun spent(
        name: String,
        from: Known<Double>,
        upto: Known<Double>,
        unknown: MutableMap<String, String>,
    ): Double? {
        val why = from.why ?: upto.why
        if (why != null) unknown[name] = why
        return if (why != null) null else maxOf(0.0, upto.value!! - from.value!!)
    }

    private fun seen(
        state: StatePart,
        stateUnknown: Map<String, String>,
        seen: CoresSeen,
        isForeground: Boolean,
        unknown: MutableMap<String, String>,
    ): TurnDevice {
        for (name in listOf("battery_c", "power", "thermal")) {
            stateUnknown[name]?.let { unknown["device/$name"] = it }
        }
        val cores = seen.cores.value
        val shares = seen.frequencyShare.value?.takeIf { it.size == cores?.size }
        if (cores == null) unknown["device/cores"] = seen.cores.why!!
        if (shares == null) {
            unknown["device/frequency_share"] = seen.frequencyShare.why ?: "it is not known of each of the cores"
        }
        return TurnDevice(state.batteryC, state.power, state.thermal, cores, shares, isForeground)
    }
}
