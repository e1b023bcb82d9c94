package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.Arithmetic
import dev.pocketseg.harness.core.MemoryPart
import dev.pocketseg.harness.core.Passage
import dev.pocketseg.harness.core.Reading
import dev.pocketseg.harness.core.StatePart
import dev.pocketseg.harness.core.TurnDevice
import java.io.File

/** Reads what a launch left, strictly and within bounds; these are those of docs/record.md or narrower. */
internal object AnswerReader {
    private const val MOST_BYTES = 4L shl 20
    private const val MOST_MS = 1e9
    private const val MOST_MEMORY_BYTES = 1L shl 50
    private const val MOST_CORES = 1024
    private const val MOST_PASSAGES = 16
    private const val MOST_NODES = 10_000_000L
    private const val MOST_THREADS = 65_536L
    private val METRICS = arrayOf("rss", "pss")

    /** Read it. Throws [AnswerRefused]. */
    fun read(from: File): Answer {
        val said = Strict.read(from, MOST_BYTES)
        val status = said.oneOf("status", AnswerStatus.values()) { it.code }
        val reason = said.text("reason")
        if ((status == AnswerStatus.OK) != reason.isEmpty()) throw AnswerRefused("its status does not fit its reason")
        return Answer(
            status = status,
            reason = reason,
            isDebugBuild = said.flag("debug_build"),
            hasDebugger = said.flag("debugger"),
            runtime = said.tableOrNull("runtime")?.let(::runtime),
            session = said.tableOrNull("session")?.let(::session),
            start = said.tableOrNull("start")?.let(::seen),
            end = said.tableOrNull("end")?.let(::seen),
            opened = said.tableOrNull("opened")?.let(::opened),
            memory = said.tableOrNull("memory")?.let(::memory),
            turn = said.tableOrNull("turn")?.let(::turn),
            checked = said.tableOrNull("checked")?.let(::checked),
        )
    }

    private fun runtime(it: Strict) =
        RuntimeFacts(it.text("name"), it.text("tool"), it.textOrNull("version"), it.text("label"))

    private fun session(it: Strict) =
        SessionSeen(accelerator(it.table("accelerator")), it.wholeOrNull("threads", MOST_THREADS)?.toInt())

    private fun accelerator(it: Strict) = AcceleratorPart(
        asked = it.text("asked"),
        obtained = it.textOrNull("obtained"),
        nodes = it.wholeOrNull("nodes", MOST_NODES)?.toInt(),
        nodesDelegated = it.wholeOrNull("nodes_delegated", MOST_NODES)?.toInt(),
        fallback = it.textOrNull("fallback"),
        arithmetic = it.textOrNull("arithmetic")?.let { code ->
            Arithmetic.named(code) ?: throw AnswerRefused("there is no such arithmetic")
        },
    )

    private fun seen(it: Strict) = Seen(
        StatePart(
            at = it.text("at").also { at -> if (!MOMENT.matches(at)) throw AnswerRefused("a moment is none") },
            power = power(it),
            batteryC = it.numberOrNull("battery_c", -100.0, 200.0),
            thermal = it.textOrNull("thermal"),
            isLowPower = it.flagOrNull("low_power"),
            isForeground = it.flagOrNull("foreground"),
            busyCores = it.numberOrNull("busy_cores", 0.0, MOST_CORES.toDouble()),
            load1Min = it.numberOrNull("load_1min", 0.0, MOST_THREADS.toDouble()),
            frequencyShare = it.numberOrNull("frequency_share", 0.0, 1.0),
            governor = it.textOrNull("governor"),
        ),
        it.reasons("unknown"),
    )

    private val MOMENT = Regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z")

    private fun power(it: Strict): String? = it.textOrNull("power").also { said ->
        if (said != null && said != "mains" && said != "battery") throw AnswerRefused("its power is none")
    }

    private fun opened(it: Strict) =
        Opened(ms(it, "load_ms"), ms(it, "first_ms"), it.whole("warm_up_runs", MOST_THREADS).toInt())

    private fun memory(it: Strict) = Weighed(
        MemoryPart(
            beforeBytes = it.wholeOrNull("before_bytes", MOST_MEMORY_BYTES),
            loadedBytes = it.wholeOrNull("loaded_bytes", MOST_MEMORY_BYTES),
            peakBytes = it.wholeOrNull("peak_bytes", MOST_MEMORY_BYTES),
            runs = it.whole("runs", MOST_THREADS).toInt(),
            metric = it.oneOf("metric", METRICS) { name -> name },
        ),
        it.reasons("unknown"),
    )

    private fun turn(it: Strict): TurnTaken {
        val executeMs = it.numbers("execute_ms", TurnEffort.MOST_RUNS, 0.0, MOST_MS)
        val atMs = it.numbers("at_ms", TurnEffort.MOST_RUNS, 0.0, MOST_MS)
        if (executeMs.isEmpty() || atMs.size != executeMs.size) throw AnswerRefused("its turn has no runs")
        return TurnTaken(
            offsetMs = ms(it, "offset_ms"),
            before = reading(it.table("before")),
            after = reading(it.table("after")),
            wallMs = ms(it, "wall_ms"),
            cpuMs = it.numberOrNull("cpu_ms", 0.0, MOST_MS),
            waitedMs = it.numberOrNull("waited_ms", 0.0, MOST_MS),
            atMs = atMs,
            executeMs = executeMs,
            device = device(it.table("device")),
            unknown = it.reasons("unknown"),
        )
    }

    private fun reading(it: Strict) = Reading(ms(it, "integer_ms"), ms(it, "memory_ms"))

    private fun device(it: Strict): TurnDevice {
        val cores = it.numbersOrNull("cores", MOST_CORES, 0.0, MOST_CORES.toDouble())?.map { core -> core.toInt() }
        val shares = it.numbersOrNull("frequency_share", MOST_CORES, 0.0, 1.0)?.asList()
        if (shares != null && shares.size != cores?.size) throw AnswerRefused("its frequencies are of other cores")
        return TurnDevice(
            batteryC = it.numberOrNull("battery_c", -100.0, 200.0),
            power = power(it),
            thermal = it.textOrNull("thermal"),
            cores = cores,
            frequencyShare = shares,
            isForeground = it.flagOrNull("foreground"),
        )
    }

    private fun checked(it: Strict) = Checked(
        passages = it.tables("passages", MOST_PASSAGES).map { one ->
            Passage(one.number("at_s", 0.0, 1e6), ms(one, "pre_ms"), ms(one, "execute_ms"), ms(one, "post_ms"))
        },
        loadAgainMs = it.numberOrNull("load_again_ms", 0.0, MOST_MS),
        why = it.text("why"),
    )

    private fun ms(it: Strict, name: String) = it.number(name, 0.0, MOST_MS)
}
