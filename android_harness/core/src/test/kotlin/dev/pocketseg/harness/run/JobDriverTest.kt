package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.JsonArray
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonValue
import dev.pocketseg.harness.core.RawOutput
import dev.pocketseg.harness.core.doubles
import dev.pocketseg.harness.core.items
import dev.pocketseg.harness.core.table
import dev.pocketseg.harness.core.tables
import dev.pocketseg.harness.core.text
import dev.pocketseg.harness.core.texts
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.nio.ByteBuffer

/** Whole jobs with runtimes and devices that are made up. */
class JobDriverTest {
    @TempDir
    lateinit var root: File

    private val three = listOf("cpu" to 1, "cpu" to 2, "cpu" to 4)

    private fun job(
        runs: List<Pair<String, Int>> = three,
        passes: Int = 2,
        maxTempC: Double? = 40.0,
        totalS: Int = 3600,
    ) = TestJob(
        root,
        JobBundle.write(File(root, "bundle.zip"), runs, passes, totalLimitS = totalS, maxTempC = maxTempC),
    )

    @Test
    fun `a job gives records that a reader takes, and class maps`() {
        val device = FakeDevice()
        val job = job(passes = 5)
        assertEquals(JobState.FINISHED, job.run(InProcess(listOf(FakeBackend()), device), device))
        for (run in 0..2) {
            val record = job.record(run)
            assertEquals("ok", record.text("status"))
            assertEquals("INVALID", record.text("verdict"))
            assertTrue(record.texts("verdict_reasons").any { "in a test" in it })
            assertEquals("passed", record.table("golden").text("status"))
            assertEquals((0..4).toList(), record.tables("turns").map { it["number"].toString().toInt() })
            val maps = record.table("bundle").tables("photos").map { it.text("map_sha256") }
            assertEquals(2, maps.toSet().size)
            for (map in maps) assertTrue(File(job.results, "maps/$map.runs").isFile)
        }
        assertEquals("finished", job.progress().text("state"))
        assertFalse(File(root, "work").listFiles().orEmpty().any { it.exists() })
        assertTrue(File(root, "best.json").isFile)
        assertFalse(File(job.results, "0.json").readText().contains(root.path))
    }

    @Test
    fun `memory comes first, each launch is of one file, and passes are shuffled alike each time`() {
        val orders = List(2) { again ->
            File(root, "$again").mkdirs()
            val launcher = InProcess(listOf(FakeBackend()), FakeDevice())
            TestJob(File(root, "$again"), JobBundle.write(File(root, "bundle.zip"), three, passes = 9)).run(launcher)
            launcher.keys
        }
        assertEquals(orders[0], orders[1])
        assertEquals(listOf("0-memory", "1-memory", "2-memory"), orders[0].take(3))
        assertEquals(orders[0].size, orders[0].toSet().size)
        val passes = orders[0].drop(3).chunked(3).map { pass -> pass.map { it.substringBefore('-') } }
        assertEquals(9, passes.size)
        for (pass in passes) assertEquals(setOf("0", "1", "2"), pass.toSet())
        assertTrue(passes.toSet().size >= 3)
    }

    @Test
    fun `a run's time has in it what reading its output takes`() {
        val device = FakeDevice()
        val job = job(listOf("cpu" to 1))
        job.run(InProcess(listOf(FakeBackend(whenRun = { Thread.sleep(20) })), device), device)
        for (turn in job.record(0).tables("turns")) assertTrue(turn.doubles("execute_ms").all { it >= 20 })
    }

    @Test
    fun `an app that was not in front in one turn makes it INVALID`() {
        val job = job(passes = 4)
        val device = FakeDevice()
        val launcher = InProcess(listOf(FakeBackend()), device)
        device.isReady = { launcher.keys.lastOrNull() != "1-turn-2" }
        job.run(launcher, FakeDevice(), launch = "app")
        for (run in 0..2) {
            val reasons = job.record(run).texts("verdict_reasons")
            assertEquals(run == 1, reasons.any { "not in the foreground" in it })
            assertFalse(reasons.any { "in a test" in it })
        }
        assertEquals("INVALID", job.record(1).text("verdict"))
    }

    @Test
    fun `a hot battery is waited for, and one that stays hot fails its run`() {
        var looks = 0
        val cooling = FakeDevice(batteryC = { if (looks++ < 5) 44.0 else 35.0 })
        val clock = FakeClock()
        val job = job(listOf("cpu" to 1))
        assertEquals(JobState.FINISHED, job.run(InProcess(listOf(FakeBackend()), FakeDevice()), cooling, clock))
        assertEquals("ok", job.record(0).text("status"))
        assertEquals(5, clock.slept)
        assertTrue(job.said.any { "too hot" in it.phase })
        File(job.results, "0.json").delete()
        val launcher = InProcess(listOf(FakeBackend()), FakeDevice())
        assertEquals(JobState.FINISHED, job.run(launcher, FakeDevice(batteryC = { 44.0 }), FakeClock()))
        assertEquals("failed", job.record(0).text("status"))
        assertTrue("too hot, 44.0 °C where 40.0 is the most" in job.record(0).text("reason"))
        assertTrue(launcher.keys.isEmpty())
    }

    @Test
    fun `a locked screen fails a run once it was waited for, and a battery that nobody knows does not`() {
        val job = job(listOf("cpu" to 1))
        job.run(InProcess(listOf(FakeBackend()), FakeDevice()), FakeDevice(isReady = { false }), FakeClock())
        assertTrue("the screen is locked; unlock it, and still was after 60 s" in job.record(0).text("reason"))
        File(job.results, "0.json").delete()
        job.run(InProcess(listOf(FakeBackend()), FakeDevice(batteryC = { null })), FakeDevice(batteryC = { null }))
        assertEquals("ok", job.record(0).text("status"))
    }

    @Test
    fun `a job that was killed at any step goes on to the same records`() {
        val whole = kept(File(root, "whole"), Kill.AFTER_LAUNCH, Int.MAX_VALUE)
        assertEquals(8, whole.second)
        for (kill in Kill.values()) {
            val steps = if (kill == Kill.AT_PROGRESS) 11 else 8
            for (step in 1..steps) {
                val found = kept(File(root, "$kill-$step"), kill, step)
                assertEquals(whole, found) { "$kill $step" }
            }
        }
    }

    /** When a job is killed: at a launch whose answer is there, or is not, or when it says how far it is. */
    private enum class Kill { AFTER_LAUNCH, IN_LAUNCH, AT_PROGRESS }

    /** Run a job that is killed once at a step; return its records without times, and how many launches it had. */
    private fun kept(folder: File, kill: Kill, step: Int): Pair<List<JsonValue>, Int> {
        folder.mkdirs()
        val job = TestJob(folder, JobBundle.write(File(folder, "bundle.zip"), three, passes = 3))
        val fails = FakeBackend(whenRun = { if (it.threads == 2) throw IllegalStateException("/data/user/0/x/m.so") })
        var launches = 0
        var steps = 0
        val launcher = InProcess(listOf(fails), FakeDevice()) { key, answer ->
            launches++
            if (kill == Kill.IN_LAUNCH && launches == step) answer.delete()
            if (kill != Kill.AT_PROGRESS && launches == step) throw Killed()
            if (key == "2-turn-1") answer.delete()
            Ended(if (key == "2-turn-1") EndKind.DIED else EndKind.ANSWERED, "")
        }
        val atProgress = { if (kill == Kill.AT_PROGRESS && ++steps == step) throw Killed() }
        try {
            job.run(launcher, listener = atProgress)
        } catch (_: Killed) {
            job.run(launcher)
        }
        return Pair((0..2).map { timeless(job.record(it)) }, launcher.keys.toSet().size)
    }

    private class Killed : RuntimeException()

    /** A record without what another run gives otherwise. */
    private fun timeless(value: JsonValue): JsonValue = when (value) {
        is JsonObject -> JsonObject(
            value.fields.filterKeys { name -> name !in TIMES && !name.endsWith("_ms") && !name.endsWith("_s") }
                .mapValues { timeless(it.value) },
        )
        is JsonArray -> JsonArray(value.items.map(::timeless))
        else -> value
    }

    @Test
    fun `a job that was cancelled keeps its records and goes on when it is started again`() {
        val device = FakeDevice()
        val job = job()
        val launcher = InProcess(listOf(FakeBackend()), device)
        assertEquals(JobState.FAILED, job.run(launcher, device, isCancelled = { launcher.keys.size == 5 }))
        assertEquals("cancelled", job.progress().text("reason"))
        assertEquals(5, launcher.keys.size)
        assertEquals(JobState.FINISHED, job.run(launcher, device))
        assertEquals(launcher.keys.toSet().size, launcher.keys.size)
        assertEquals(JobState.FINISHED, job.run(launcher, device))
        assertEquals(9, launcher.keys.size)
    }

    @Test
    fun `what a runtime or an app cannot run is refused with the reason, and the others go on`() {
        val device = FakeDevice()
        val job = job(listOf("cpu" to 1, "gpu" to 1, "cpu" to 2))
        val backend = FakeBackend(
            refuse = { if (it.accelerator == "gpu") "this runtime has no gpu" else null },
            whenOpened = { if (it.threads == 2) throw CannotRun("operator X is not known") },
        )
        assertEquals(JobState.FINISHED, job.run(InProcess(listOf(backend), device), device))
        assertEquals(listOf("ok", "refused", "refused"), (0..2).map { job.record(it).text("status") })
        assertEquals("this runtime has no gpu", job.record(1).text("reason"))
        assertEquals("operator X is not known", job.record(2).text("reason"))
        for (run in 0..2) File(job.results, "$run.json").delete()
        job.run(InProcess(listOf(FakeBackend("litert")), device), device)
        assertEquals("this app has no runtime ort; it has litert", job.record(0).text("reason"))
    }

    @Test
    fun `outputs that are none, of another shape or not finite fail a run`() {
        val device = FakeDevice()
        val job = job()
        val nan = ByteBuffer.allocate(4 * FakeBackend.CLASSES * FakeBackend.HEIGHT * FakeBackend.WIDTH)
            .apply { putFloat(0, Float.NaN) }.order(java.nio.ByteOrder.LITTLE_ENDIAN).apply { putFloat(0, Float.NaN) }
        val backend = FakeBackend(change = { wanted, outputs ->
            when (wanted.threads) {
                1 -> emptyList()
                2 -> listOf(RawOutput("other", "int8", listOf(1), listOf(1L), null, null, nan))
                else -> listOf(FakeBackend.output(nan))
            }
        })
        assertEquals(JobState.FINISHED, job.run(InProcess(listOf(backend), device), device))
        val reasons = (0..2).map { job.record(it).text("reason") }
        assertTrue("the runtime gave no output" in reasons[0]) { reasons[0] }
        assertTrue("no output logits" in reasons[1]) { reasons[1] }
        assertTrue("photo 0 gave 1 values that are not finite" in reasons[2]) { reasons[2] }
    }

    @Test
    fun `an answer that is damaged fails its run and no other`() {
        val damages = listOf<(ByteArray) -> ByteArray>(
            { it.copyOf(it.size / 2) },
            { ByteArray(0) },
            { data -> ByteArray(5000) { (it * 31 + data.size).toByte() } },
            { "[".repeat(100_000).toByteArray() },
            { ByteArray(5 shl 20) { ' '.code.toByte() } },
            { "{\"status\":\"ok\"}".toByteArray() },
            { String(it).replace("\"status\":\"ok\"", "\"status\":\"great\"").toByteArray() },
            { String(it).replace("\"load_ms\":", "\"load_ms\":-").toByteArray() },
            { String(it).replace("\"load_ms\":", "\"load_ms\":1e999,\"x\":").toByteArray() },
        )
        for ((place, damage) in damages.withIndex()) {
            val folder = File(root, "$place").apply { mkdirs() }
            val job = TestJob(folder, JobBundle.write(File(folder, "bundle.zip"), three))
            val launcher = InProcess(listOf(FakeBackend()), FakeDevice()) { key, answer ->
                if (key == "1-turn-0") answer.writeBytes(damage(answer.readBytes()))
                Ended(EndKind.ANSWERED, "")
            }
            assertEquals(JobState.FINISHED, job.run(launcher))
            assertEquals(listOf("ok", "failed", "ok"), (0..2).map { job.record(it).text("status") }) { "damage $place" }
            assertTrue("in pass 1: its process left a damaged answer" in job.record(1).text("reason"))
        }
    }

    @Test
    fun `class maps that are missing, damaged or of another size fail their run`() {
        val device = FakeDevice()
        val job = job()
        val launcher = InProcess(listOf(FakeBackend()), device) { key, answer ->
            val maps = File(answer.parentFile, key.substringBefore('-') + "-maps")
            when (key) {
                "0-final" -> OutputCheck.again(maps).delete()
                "1-final" -> OutputCheck.file(maps, 1).writeBytes(ByteArray(40))
                "2-final" -> OutputCheck.file(maps, 0).writeBytes(OutputCheck.file(maps, 1).readBytes())
            }
            Ended(EndKind.ANSWERED, "")
        }
        assertEquals(JobState.FINISHED, job.run(launcher, device))
        assertEquals(List(3) { "failed" }, (0..2).map { job.record(it).text("status") })
    }

    @Test
    fun `a job ends at its limit, and another bundle is refused`() {
        val device = FakeDevice()
        val job = job(totalS = 30)
        assertEquals(
            JobState.FAILED,
            job.run(
                InProcess(listOf(FakeBackend()), device),
                FakeDevice(batteryC = {
                    50.0
                }),
            ),
        )
        assertTrue("30 s, which the bundle sets as its limit" in job.progress().text("reason"))
        val request = JobRequest(File(root, "bundle.zip"), "0".repeat(64), "1".repeat(32), null, "test", "0", null)
        val driver =
            JobDriver(
                request,
                File(root, "r"),
                File(root, "w"),
                File(root, "b"),
                InProcess(emptyList(), device),
                device,
            )
        assertEquals(JobState.REFUSED, driver.run())
    }

    @Test
    fun `one run of several can be asked for`() {
        val job = job()
        val launcher = InProcess(listOf(FakeBackend()), FakeDevice())
        assertEquals(JobState.FAILED, job.run(launcher, only = setOf(1)))
        assertEquals("1 of 3 runs were asked for, and are done", job.progress().text("reason"))
        assertEquals("ok", job.record(1).text("status"))
        assertTrue(launcher.requests.all { it.run == 1 })
        assertEquals(JobState.FINISHED, job.run(launcher))
        assertNotEquals(0, job.record(0).items("turns").size)
    }

    @Test
    fun `files that have not enough go on until the ceiling`() {
        val device = FakeDevice()
        val job = job(listOf("cpu" to 1))
        val launcher = InProcess(listOf(FakeBackend()), device)
        val clock = FakeClock()
        val slow = object : Launcher {
            override fun launch(request: File, answer: File, limitS: Double): Ended {
                clock.sleep(10_000)
                return launcher.launch(request, answer, limitS)
            }
        }
        job.run(slow, device, clock, Short.JOB.copy(ceilingS = 60.0))
        val turns = job.record(0).tables("turns").size
        assertTrue(turns in 6..10) { "$turns turns" }
    }

    @Test
    fun `a launch's failure to start is a failed run`() {
        val job = job(listOf("cpu" to 1))
        val never = object : Launcher {
            override fun launch(request: File, answer: File, limitS: Double) = Ended(EndKind.NOT_STARTED, "no memory")
        }
        assertEquals(JobState.FINISHED, job.run(never))
        assertEquals(
            "when its memory was looked at: its process did not start: no memory",
            job.record(0).text("reason"),
        )
    }

    @Test
    fun `a session is entered by one at a time, and not closed while it runs`() {
        lateinit var session: OneAtATime
        val faults = ArrayList<String>()
        val backend = FakeBackend(whenRun = {
            val other = Thread { runCatching { session.run() }.exceptionOrNull()?.message?.let(faults::add) }
            other.start()
            other.join()
            runCatching { session.close() }.exceptionOrNull()?.message?.let(faults::add)
        })
        val manifest = dev.pocketseg.harness.core.Made.bundle().use { it.manifest(0) }
        session = OneAtATime(backend.open(Wanted(root, manifest, "cpu", 1)))
        session.fill(ByteArray(4 * 3 * FakeBackend.HEIGHT * FakeBackend.WIDTH))
        session.run()
        assertEquals(listOf("a session is run while it works", "a session is closed while it works"), faults)
        session.close()
        assertThrows(IllegalStateException::class.java) { session.run() }
    }

    private companion object {
        val TIMES = setOf(
            "seal", "started_at", "at", "statistics", "end_to_end", "reached_at", "verdict_reasons", "best", "warm_up_runs",
            "unknown",
        )
    }
}
