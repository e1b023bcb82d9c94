package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.Decimals
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonWriter
import dev.pocketseg.harness.core.Passage
import dev.pocketseg.harness.core.Reading
import dev.pocketseg.harness.core.Texts
import dev.pocketseg.harness.core.TurnDevice
import dev.pocketseg.harness.core.jsonObject

/** Writes an [Answer] as [AnswerReader] reads it. */
internal object AnswerWriter {
    private const val PLACES = 4
    private const val LONGEST = 300

    fun write(it: Answer): String = JsonWriter.write(
        jsonObject(
            "status" to it.status.code,
            "reason" to Texts.printable(it.reason, LONGEST),
            "debug_build" to it.isDebugBuild,
            "debugger" to it.hasDebugger,
            "runtime" to it.runtime?.let(::runtime),
            "session" to it.session?.let(::session),
            "start" to it.start?.let(::seen),
            "end" to it.end?.let(::seen),
            "opened" to it.opened?.let(::opened),
            "memory" to it.memory?.let(::memory),
            "turn" to it.turn?.let(::turn),
            "checked" to it.checked?.let(::checked),
        ),
    )

    private fun runtime(it: RuntimeFacts) =
        jsonObject("name" to it.name, "tool" to it.tool, "version" to it.version, "label" to it.label)

    private fun session(it: SessionSeen) =
        jsonObject("accelerator" to accelerator(it.accelerator), "threads" to it.threads)

    private fun accelerator(it: AcceleratorPart) = jsonObject(
        "asked" to it.asked,
        "obtained" to it.obtained,
        "nodes" to it.nodes,
        "nodes_delegated" to it.nodesDelegated,
        "fallback" to it.fallback?.let { why -> Texts.printable(why, LONGEST) },
        "arithmetic" to it.arithmetic?.code,
    )

    private fun seen(it: Seen): JsonObject = jsonObject(
        "at" to it.state.at,
        "power" to it.state.power,
        "battery_c" to it.state.batteryC,
        "thermal" to it.state.thermal,
        "low_power" to it.state.isLowPower,
        "foreground" to it.state.isForeground,
        "busy_cores" to it.state.busyCores,
        "load_1min" to it.state.load1Min,
        "frequency_share" to it.state.frequencyShare,
        "governor" to it.state.governor,
        "unknown" to reasons(it.unknown),
    )

    private fun opened(it: Opened) = jsonObject(
        "load_ms" to rounded(it.loadMs),
        "first_ms" to rounded(it.firstMs),
        "warm_up_runs" to it.warmUpRuns,
    )

    private fun memory(it: Weighed) = jsonObject(
        "before_bytes" to it.part.beforeBytes,
        "loaded_bytes" to it.part.loadedBytes,
        "peak_bytes" to it.part.peakBytes,
        "runs" to it.part.runs,
        "metric" to it.part.metric,
        "unknown" to reasons(it.unknown),
    )

    private fun turn(it: TurnTaken) = jsonObject(
        "offset_ms" to rounded(it.offsetMs),
        "before" to reading(it.before),
        "after" to reading(it.after),
        "wall_ms" to rounded(it.wallMs),
        "cpu_ms" to it.cpuMs?.let(::rounded),
        "waited_ms" to it.waitedMs?.let(::rounded),
        "at_ms" to DoubleArray(it.atMs.size) { place -> rounded(it.atMs[place]) },
        "execute_ms" to DoubleArray(it.executeMs.size) { place -> rounded(it.executeMs[place]) },
        "device" to device(it.device),
        "unknown" to reasons(it.unknown),
    )

    private fun reading(it: Reading) =
        jsonObject("integer_ms" to rounded(it.integerMs), "memory_ms" to rounded(it.memoryMs))

    private fun device(it: TurnDevice) = jsonObject(
        "battery_c" to it.batteryC,
        "power" to it.power,
        "thermal" to it.thermal,
        "cores" to it.cores,
        "frequency_share" to it.frequencyShare,
        "foreground" to it.isForeground,
    )

    private fun checked(it: Checked) = jsonObject(
        "passages" to it.passages.map(::passage),
        "load_again_ms" to it.loadAgainMs?.let(::rounded),
        "why" to Texts.printable(it.why, LONGEST),
    )

    private fun passage(it: Passage) = jsonObject(
        "at_s" to rounded(it.atS),
        "pre_ms" to rounded(it.preMs),
        "execute_ms" to rounded(it.executeMs),
        "post_ms" to rounded(it.postMs),
    )

    private fun reasons(found: Map<String, String>) = found.mapValues { Texts.printable(it.value, LONGEST) }

    private fun rounded(value: Double) = Decimals.rounded(value, PLACES)
}
