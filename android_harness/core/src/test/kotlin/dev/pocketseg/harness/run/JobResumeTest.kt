package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AskedPart
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.JsonArray
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonValue
import dev.pocketseg.harness.core.items
import dev.pocketseg.harness.core.text
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File

/** Jobs that are cancelled, killed, or asked for in part, and started again. */
class JobResumeTest {
    @TempDir
    lateinit var root: File

    private val three = listOf("cpu" to 1, "cpu" to 2, "cpu" to 4)

    private fun job(runs: List<Pair<String, Int>> = three) =
        TestJob(root, JobBundle.write(File(root, "bundle.zip"), runs))

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
    fun `one run of several can be asked for`() {
        val job = job()
        val launcher = InProcess(listOf(FakeBackend()), FakeDevice())
        assertEquals(JobState.FAILED, job.run(launcher, only = setOf(1)))
        assertEquals("1 of 3 runs were asked for, and are done", job.progress().text("reason"))
        assertEquals(AskedPart(1, 3), AskedPart.of(job.said.last()))
        assertNull(AskedPart.of(job.said.last().copy(reason = "cancelled")))
        assertNull(AskedPart.of(job.said.last().copy(runs = 8)))
        assertEquals("ok", job.record(1).text("status"))
        assertTrue(launcher.requests.all { it.run == 1 })
        assertEquals(JobState.FINISHED, job.run(launcher))
        assertNotEquals(0, job.record(0).items("turns").size)
    }

    @Test
    fun `a job that was killed at any step goes on to the same records`() {
        val whole = kept(File(root, "whole"), Kill.AFTER_LAUNCH, Int.MAX_VALUE)
        assertEquals(6, whole.second)
        for (kill in Kill.values()) {
            val steps = if (kill == Kill.AT_PROGRESS) 8 else 6
            for (step in 1..steps) {
                val found = kept(File(root, "$kill-$step"), kill, step)
                assertTrue(whole == found) { "$kill $step" }
            }
        }
    }

    /** When a job is killed: at a launch whose answer is there, or is not, or when it says how far it is. */
    private enum class Kill { AFTER_LAUNCH, IN_LAUNCH, AT_PROGRESS }

    /** Run a job that is killed once at a step; return its records without times, and how many launches it had. */
    private fun kept(folder: File, kill: Kill, step: Int): Pair<List<JsonValue>, Int> {
        folder.mkdirs()
        val job = TestJob(folder, JobBundle.write(File(folder, "bundle.zip"), three, passes = 2))
        val fails = FakeBackend(whenRun = { if (it.threads == 2) throw IllegalStateException("/data/user/0/x/m.so") })
        var launches = 0
        var steps = 0
        val launcher = InProcess(listOf(fails), FakeDevice()) { key, answer ->
            launches++
            if (key == "2-turn-0") answer.delete()
            if (kill == Kill.IN_LAUNCH && launches == step) answer.delete()
            if (kill != Kill.AT_PROGRESS && launches == step) throw Killed()
            Ended(if (key == "2-turn-0") EndKind.DIED else EndKind.ANSWERED, "")
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

    private companion object {
        val TIMES = setOf(
            "seal", "started_at", "at", "statistics", "end_to_end", "reached_at", "verdict_reasons", "best",
            "warm_up_runs", "unknown",
        )
    }
}
