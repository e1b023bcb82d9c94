package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.ProgramPart
import dev.pocketseg.harness.core.RuntimePart
import dev.pocketseg.harness.core.Turn

/** Why figures are null in a record, by JSON pointer; docs/record.md, "Fields". */
internal class RecordGaps {
    private val found = LinkedHashMap<String, String>()

    /** Explain a value where it is null. */
    fun of(pointer: String, value: Any?, why: String) {
        if (value == null) found[pointer] = why
    }

    /** Explain what a device left out, by names below [start]. */
    fun below(start: String, reasons: Map<String, String>) {
        for ((name, why) in reasons) if (why.isNotEmpty()) found["$start/$name"] = why
    }

    /** Explain what is not known of how the device was, in the device's own words where it has some. */
    fun ofState(start: String, it: Seen) {
        val fields = mapOf(
            "power" to it.state.power,
            "battery_c" to it.state.batteryC,
            "thermal" to it.state.thermal,
            "low_power" to it.state.isLowPower,
            "foreground" to it.state.isForeground,
            "busy_cores" to it.state.busyCores,
            "load_1min" to it.state.load1Min,
            "frequency_share" to it.state.frequencyShare,
            "governor" to it.state.governor,
        )
        for ((name, value) in fields) of("$start/$name", value, it.unknown[name].orEmpty().ifEmpty { SYSTEM })
    }

    /** Explain what is not known of the app and its runtime, which never answered where it has no tool. */
    fun ofProgram(program: ProgramPart, runtime: RuntimePart, isWhole: Boolean) {
        of("/program/commit", program.commit, "the app does not know it")
        of("/program/debugger", program.hasDebugger, UNANSWERED)
        of("/runtime/tool", runtime.tool, UNANSWERED)
        of("/runtime/version", runtime.version, if (runtime.tool == null) UNANSWERED else SILENT)
        of("/runtime/threads", runtime.threads, if (isWhole) SILENT else ENDED)
    }

    /** Explain what is not known of what ran it. */
    fun ofAccelerator(it: AcceleratorPart, isWhole: Boolean) {
        val why = if (isWhole) SILENT else ENDED
        of("/accelerator/obtained", it.obtained, why)
        of("/accelerator/nodes", it.nodes, why)
        of("/accelerator/nodes_delegated", it.nodesDelegated, why)
        of("/accelerator/arithmetic", it.arithmetic, why)
        if (it.obtained != it.asked) of("/accelerator/fallback", it.fallback, why)
    }

    /** Explain what is not known of the turns: what the device left out, and what no app on a phone is told. */
    fun ofTurns(turns: List<Turn>, unknown: Map<String, String>) {
        for ((name, value) in OF_TURN) {
            if (turns.any { value(it) == null }) of("/turns/*/$name", null, unknown[name].orEmpty().ifEmpty { SYSTEM })
        }
        of("/turns/*/others_ms", null, OTHERS)
        of("/turns/*/stolen_ms", null, NO_HOST)
        of("/turns/*/switches", null, "it is not counted here")
        of("/turns/*/pre_ms", null, "the input was put in place once, before the turn")
        of("/turns/*/post_ms", null, "it is not part of a run here")
        for (name in listOf("others_before", "others_during", "others_after")) of("/conditions/$name", null, OTHERS)
        of("/conditions/stolen", null, NO_HOST)
        of("/conditions/swapped_bytes", null, OTHERS)
    }

    /** Explain everything that a run which did not come to its end has not. */
    fun ofAll(reason: String) {
        for (part in PARTS) of("/$part", null, reason)
    }

    fun all(): Map<String, String> = found

    private companion object {
        const val UNANSWERED = "no process of it answered"
        const val ENDED = "it did not come to its end"
        const val SYSTEM = "the system does not say"
        const val SILENT = "the runtime does not say"
        const val OTHERS = "the system shows an app nothing of other programs"
        const val NO_HOST = "the system shows an app nothing of a host's time"
        val OF_TURN = mapOf<String, (Turn) -> Any?>(
            "cpu_ms" to { it.cpuMs },
            "waited_ms" to { it.waitedMs },
            "device/battery_c" to { it.device?.batteryC },
            "device/power" to { it.device?.power },
            "device/thermal" to { it.device?.thermal },
            "device/cores" to { it.device?.cores },
            "device/frequency_share" to { it.device?.frequencyShare },
            "device/foreground" to { it.device?.isForeground },
        )
        val PARTS = listOf(
            "state/start", "state/end", "conditions", "load", "memory", "warm_up_runs", "yardstick", "golden",
            "statistics", "bundle/photos/*/map_sha256", "bundle/photos/*/agreement",
        )
    }
}
