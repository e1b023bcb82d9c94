package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.JsonArray
import dev.pocketseg.harness.core.JsonBoolean
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.text
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File

/** A battery that gets hot while a job runs, and what comes while a turn works. */
class HeatTest {
    @TempDir
    lateinit var root: File
    private val launcher = InProcess(listOf(FakeBackend()), FakeDevice())
    private val clock = FakeClock()
    private val five = JobEffort(leastPasses = 5, ceilingS = 1e6)

    private fun job(vararg runs: Pair<String, Int>) =
        TestJob(root, JobBundle.write(File(root, "bundle.zip"), runs.toList(), 2, maxTempC = 40.0))

    private fun turns(job: TestJob, place: Int) = (job.record(place)["turns"] as JsonArray).items.size

    @Test
    fun `runs that have enough when a battery stays hot keep what was measured`() {
        var looks = 0
        val heating = FakeDevice(batteryC = {
            looks++
            if (launcher.keys.size >= 10) 44.0 else 35.0 // of each run its memory and four turns
        })
        val job = job("cpu" to 1, "cpu" to 2)
        assertEquals(JobState.FINISHED, job.run(launcher, heating, clock, five))
        for (place in 0..1) {
            assertEquals("ok", job.record(place).text("status")) { job.record(place).text("reason") }
            assertEquals(5, turns(job, place))
        }
        assertEquals(600, clock.slept) { "heat is waited for once, and not by each launch anew" }
        assertTrue(looks < 700) { "no further passes are tried in the heat: $looks looks" }
    }

    @Test
    fun `runs that have too little when a battery stays hot fail, and do not each wait as long again`() {
        val heating = FakeDevice(batteryC = { if (launcher.keys.size >= 8) 44.0 else 35.0 })
        val job = job("cpu" to 1, "cpu" to 2)
        job.run(launcher, heating, clock, five)
        for (place in 0..1) assertTrue("too hot" in job.record(place).text("reason"))
        assertEquals(600, clock.slept)
    }

    @Test
    fun `a battery that cools in between is waited for anew`() {
        var looks = 0
        // Each stretch of heat is shorter than the limit, and all of them together are longer.
        val hovering = FakeDevice(batteryC = { if (++looks % 400 == 0) 35.0 else 44.0 })
        val job = job("cpu" to 1)
        job.run(launcher, hovering, clock, Short.JOB)
        assertEquals("ok", job.record(0).text("status")) { job.record(0).text("reason") }
        assertTrue(clock.slept > 600)
    }

    @Test
    fun `a debugger that comes while a turn works is found at its end`() {
        var looks = 0
        val device = FakeDevice(isDebugged = { ++looks == 2 })
        val job = job("cpu" to 1)
        job.run(InProcess(listOf(FakeBackend()), device))
        assertEquals(JsonBoolean(true), (job.record(0)["program"] as JsonObject)["debugger"])
    }
}
