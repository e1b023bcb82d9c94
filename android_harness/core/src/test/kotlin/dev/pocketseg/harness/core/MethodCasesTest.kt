package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import kotlin.math.abs

/** The method and the scores: every case of method, confusion and golden. */
class MethodCasesTest {
    private val method = Cases.of("method")

    @TestFactory
    fun `drawing is the documented hash`() = Cases.each(method.tables("draws")) { case ->
        val count = case.int("count")
        assertEquals(
            case.items("first").map {
                (it as JsonNumber).toLong().toInt()
            },
            (0 until 2 * count).map { Draws.draw(it.toLong(), count) },
        )
    }

    @TestFactory
    fun `percentiles are linear between neighbours`() = Cases.each(method.tables("percentile")) {
        near(it.double("is"), Samples.percentile(it.doubles("values"), it.double("percent")))
    }

    @TestFactory
    fun `intervals of the median are reached`() = Cases.each(method.tables("median_interval")) {
        near(it.items("is"), Intervals.ofMedian(lists(it, "turns")))
    }

    @TestFactory
    fun `ratios are reached`() = Cases.each(method.tables("ratio")) {
        val rule = if (it.text("rule") == "ratio") Differences::ratio else Differences::unpairedRatio
        near(it.table("is"), rule(lists(it, "first"), lists(it, "second"), it.int("pairs"), it.double("allowance")))
    }

    @TestFactory
    fun `scores and their intervals are reached`() = Cases.each(method.tables("miou")) {
        val first = matrices(it, "first")
        near(it.double("miou"), Differences.total(first).miou())
        near(it.items("interval"), Intervals.ofMiou(first))
        near(it.table("difference"), Differences.ofMiou(first, matrices(it, "second"), it.int("pairs")))
    }

    @TestFactory
    fun `disturbed turns are told`() = Cases.each(method.tables("disturbance")) {
        val found = Disturbance.of(turn(it.table("turn")), reading(it.table("best")), it.int("threads"))
        assertEquals(it["undisturbed"], JsonBoolean(found == null))
    }

    @TestFactory
    fun `statistics and their verdicts are reached`() = Cases.each(method.tables("statistics")) {
        val turns = it.tables("turns").map(::turn)
        val best = reading(it.table("best"))
        val found = Method.statisticsOf(turns, best, it.int("threads"))
        nearStatistics(statistics(it.table("is")), found)
        assertEquals(it["is_enough"], JsonBoolean(Method.isEnough(turns, best, it.int("threads"))))
        val verdict = Verdict.of(found, Conditions(isBestKnown = true))
        assertEquals(it.text("verdict"), verdict.kind.name)
        assertEquals(it.int("reasons"), verdict.reasons.size)
    }

    @TestFactory
    fun `verdicts are reached with their sentences`() = Cases.each(method.tables("verdict")) {
        val verdict = Verdict.of(statistics(it.table("statistics")), conditions(it.table("conditions")))
        assertEquals(it.text("is"), verdict.kind.name)
        assertEquals(it.texts("reasons"), verdict.reasons)
    }

    @TestFactory
    fun `scores are of one matrix without void`() = Cases.each(Cases.of("confusion").tables("cases")) { case ->
        val total = Confusion(case.int("classes"))
        for (photo in case.tables("photos")) {
            val one = Confusion(total.classes)
            one.add(Cases.array(photo.table("predicted")).classMap(), Cases.array(photo.table("label")).classMap())
            assertEquals(matrix(photo["confusion"]!!).counts.toList(), one.counts.toList())
            total.add(one.counts)
        }
        assertEquals(matrix(case["confusion"]!!).counts.toList(), total.counts.toList())
        case.items("iou").forEachIndexed { kind, said -> near((said as? JsonNumber)?.toDouble(), total.iou(kind)) }
        val found = total.miou()
        val cause = case.table("faults").fields.filterValues {
            it is JsonNumber && found != null &&
                isNear(it.toDouble(), found)
        }
        near(case.doubleOrNull("miou"), found) { "this is what ${cause.keys} gives" }
    }

    @TestFactory
    fun `maps that cannot be scored are refused`() = Cases.each(Cases.of("confusion").tables("refused")) {
        val counted = Confusion(it.int("classes"))
        Cases.expectRefused(it.text("error")) {
            counted.add(Cases.array(it.table("predicted")).classMap(), Cases.array(it.table("label")).classMap())
        }
        assertTrue(counted.counts.all { count -> count == 0L })
    }

    @TestFactory
    fun `what may differ follows from the edges`() = Cases.each(Cases.of("golden").tables("allowed")) { case ->
        val golden = Cases.array(case.table("golden")).classMap()
        assertEquals(case.int("edge_pixels"), Edges.of(golden).count)
        for ((name, said) in case.table("is").fields) {
            assertEquals((said as JsonNumber).toDouble(), Judge.allowedShare(golden, Arithmetic.named(name)!!), 1e-6)
        }
    }

    @TestFactory
    fun `a map is near its golden one or not`() = Cases.each(Cases.of("golden").tables("cases")) {
        val found = Cases.array(it.table("found")).classMap()
        val judged = Judge.judge(found, Cases.array(it.table("golden")).classMap(), it.double("allowed"))
        assertEquals(it.double("agreement"), judged.agreement, 1e-6)
        assertEquals(it["is_near"], JsonBoolean(judged.isNear)) { "faults: ${it.table("faults").fields.keys}" }
    }

    @Test
    fun `the normal quantile has the digits that it is known by`() {
        near(1.959963984540054, Normal.quantile(0.975))
        near(3.0902323061678132, Normal.quantile(0.999))
        near(0.0, Normal.quantile(0.5))
        near(6.361340902404056, Normal.quantile(1 - 1e-10), tolerance = 1e-6)
    }

    private fun isNear(a: Double, b: Double, tolerance: Double = 1e-9) =
        abs(a - b) <= tolerance * maxOf(1.0, abs(a), abs(b))
    private fun near(wanted: Double?, found: Double?, tolerance: Double = 1e-9, said: () -> String = { "" }) {
        val isEqual = if (wanted == null || found == null) wanted == found else isNear(wanted, found, tolerance)
        assertTrue(isEqual) { "$found is not $wanted ${said()}" }
    }

    private fun near(wanted: List<JsonValue>, found: Interval?) {
        near((wanted[0] as? JsonNumber)?.toDouble(), found?.low)
        near((wanted[1] as? JsonNumber)?.toDouble(), found?.high)
    }

    private fun near(wanted: JsonObject, found: Difference) {
        near(wanted.double("value"), found.value)
        near(listOf(wanted["low"]!!, wanted["high"]!!), found.interval)
        assertEquals(wanted["shown"], JsonBoolean(found.isShown))
    }

    private fun nearStatistics(wanted: Statistics, found: Statistics) {
        assertEquals(
            listOf(wanted.runs, wanted.turns, wanted.undisturbedTurns),
            listOf(found.runs, found.turns, found.undisturbedTurns),
        )
        fun figures(it: Statistics) =
            listOf(it.p50Ms, it.p50LowMs, it.p50HighMs, it.p50AllMs, it.p90Ms, it.p99Ms, it.cv, it.drift)
        figures(wanted).zip(figures(found)).forEach { (a, b) -> near(a, b) }
    }

    private fun lists(case: JsonObject, name: String) =
        case.items(name).map { list -> (list as JsonArray).items.map { (it as JsonNumber).toDouble() }.toDoubleArray() }

    private fun matrices(case: JsonObject, name: String) = case.items(name).map(::matrix)

    private fun matrix(value: JsonValue): Confusion {
        val rows = (value as JsonArray).items.map { (it as JsonArray).items }
        val found = Confusion(rows.size)
        found.add(LongArray(rows.size * rows.size) { (rows[it / rows.size][it % rows.size] as JsonNumber).toLong() })
        return found
    }

    private fun reading(said: JsonObject) = Reading(said.double("integer_ms"), said.double("memory_ms"))

    private fun turn(said: JsonObject) = Turn(
        number = said.int("number"),
        startedS = said.double("started_s"),
        before = reading(said.table("before")),
        after = reading(said.table("after")),
        wallMs = said.double("wall_ms"),
        cpuMs = said.doubleOrNull("cpu_ms"),
        waitedMs = said.doubleOrNull("waited_ms"),
        othersMs = said.doubleOrNull("others_ms"),
        stolenMs = said.doubleOrNull("stolen_ms"),
        switches = said.intOrNull("switches"),
        atMs = said.doubles("at_ms"),
        executeMs = said.doubles("execute_ms"),
        batch = said.int("batch"),
    )

    private fun statistics(said: JsonObject) = Statistics(
        runs = said.int("runs"),
        turns = said.int("turns"),
        undisturbedTurns = said.int("undisturbed_turns"),
        p50Ms = said.doubleOrNull("p50_ms"),
        p50LowMs = said.doubleOrNull("p50_low_ms"),
        p50HighMs = said.doubleOrNull("p50_high_ms"),
        p50AllMs = said.doubleOrNull("p50_all_ms"),
        p90Ms = said.doubleOrNull("p90_ms"),
        p99Ms = said.doubleOrNull("p99_ms"),
        cv = said.doubleOrNull("cv"),
        drift = said.doubleOrNull("drift"),
    )

    private fun conditions(said: JsonObject) = Conditions(
        isBestKnown = said["best_known"] == JsonBoolean(true),
        othersBefore = said.doubleOrNull("others_before"),
        othersDuring = said.doubleOrNull("others_during"),
        othersAfter = said.doubleOrNull("others_after"),
        stolen = said.doubleOrNull("stolen"),
        swappedBytes = (said["swapped_bytes"] as? JsonNumber)?.toLong(),
        frequency = said.doubleOrNull("frequency"),
        thermal = said.textOrNull("thermal"),
        isLowPower = boolean(said, "low_power"),
        isHidden = boolean(said, "hidden"),
        isDebugBuild = boolean(said, "debug_build"),
        hasDebugger = boolean(said, "debugger"),
        isSimulator = boolean(said, "simulator"),
        isTest = boolean(said, "test"),
        acceleratorAsked = said.text("accelerator_asked"),
        acceleratorObtained = said.textOrNull("accelerator_obtained"),
        golden = GoldenStatus.values().first { it.code == said.text("golden") },
        goldenReason = said.text("golden_reason"),
    )

    private fun boolean(said: JsonObject, name: String) = (said[name] as? JsonBoolean)?.value
}
