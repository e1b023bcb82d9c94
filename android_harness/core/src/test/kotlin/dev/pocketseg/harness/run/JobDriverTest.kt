package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Picture
import dev.pocketseg.harness.core.doubles
import dev.pocketseg.harness.core.items
import dev.pocketseg.harness.core.table
import dev.pocketseg.harness.core.tables
import dev.pocketseg.harness.core.text
import dev.pocketseg.harness.core.texts
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File

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
            assertEquals(4, record.tables("turns")[0].table("device").doubles("cores")[0].toInt())
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
    fun `whole passages are timed from the photo's file on, and loading once more beside it`() {
        val photo = Picture(9, 14, ByteArray(3 * 9 * 14))
        val device = FakeDevice(decoded = { file -> photo.also { assertEquals("0.jpg", file.name) } })
        var opened = 0
        val backend = FakeBackend(whenOpened = { if (++opened == 4 && it.threads == 1) throw CannotRun("one at most") })
        val job = job(listOf("cpu" to 1))
        assertEquals(JobState.FINISHED, job.run(InProcess(listOf(backend), device), device))
        val record = job.record(0)
        assertEquals("", record.text("reason"))
        assertEquals(3, record.items("end_to_end").size)
        assertEquals("it was not loaded a second time: one at most", record.table("unknown").text("/load/warm_ms"))
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
}
