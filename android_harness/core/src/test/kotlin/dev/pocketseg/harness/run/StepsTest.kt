package dev.pocketseg.harness.run

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File

/** How far a job says it is, whatever order its passes have. */
class StepsTest {
    @TempDir
    lateinit var root: File

    private val three = listOf("cpu" to 1, "cpu" to 2, "cpu" to 4)

    private fun job(passes: Int) = TestJob(root, JobBundle.write(File(root, "bundle.zip"), three, passes))

    private fun checkForward(steps: List<Steps>) {
        for ((one, next) in steps.zipWithNext()) {
            assertTrue(next.share >= one.share && next.number > one.number) { "$next comes after $one" }
        }
        assertTrue(steps.all { it.number in 1..it.planned && it.share < 1 }) { "$steps" }
    }

    @Test
    fun `a job counts its launches one by one up to those that were planned`() {
        val job = job(passes = 9)
        val launcher = InProcess(listOf(FakeBackend()), FakeDevice())
        job.run(launcher)
        checkForward(job.steps)
        assertEquals((1..launcher.keys.size).toList(), job.steps.map { it.number })
        assertEquals(launcher.keys.size, job.steps.last().planned)
        assertEquals(30, job.steps.first().planned)
    }

    @Test
    fun `further passes and runs that drop out never turn it back`() {
        val device = FakeDevice()
        val job = job(passes = 5)
        val backend = FakeBackend(whenOpened = { if (it.threads == 2) throw CannotRun("no") })
        val launcher = InProcess(listOf(backend), device)
        val clock = FakeClock()
        val slow = object : Launcher {
            override fun launch(request: File, answer: File, limitS: Double): Ended {
                clock.sleep(4_000)
                return launcher.launch(request, answer, limitS)
            }
        }
        job.run(slow, device, clock, Short.JOB.copy(ceilingS = 60.0))
        checkForward(job.steps)
        assertTrue(job.steps.size > 13) { "no pass was added: ${job.steps.size}" }
        assertEquals(launcher.keys.size, job.steps.size)
    }

    @Test
    fun `only what is wanted and has no record is counted`() {
        val job = job(passes = 2)
        val launcher = InProcess(listOf(FakeBackend()), FakeDevice())
        job.run(launcher, only = setOf(1))
        val one = job.steps.size
        assertEquals(one, job.steps.last().planned)
        job.steps.clear()
        job.run(launcher)
        assertEquals(2 * one, job.steps.last().planned)
        checkForward(job.steps)
    }
}
