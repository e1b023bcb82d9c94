package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.text
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.lang.management.ManagementFactory
import kotlin.system.exitProcess

/** Ways in which a process dies; the threads that are asked for choose one. */
enum class Death(val threads: Int, val said: String) {
    NONE(1, ""),
    SIGSEGV(2, "in pass 1: its process died: SIGSEGV"),
    SIGKILL(3, "in its last turn, when its output was looked at: its process died: SIGKILL"),
    OUT_OF_MEMORY(4, "when its memory was looked at: it ran out of memory: Java heap space"),
    EXIT(5, "in pass 1: its process died: exit code 3"),
    HANG(6, "when its memory was looked at: it hung and was ended after"),
    HALF_AN_ANSWER(7, "when its memory was looked at: its process left a damaged answer"),
    ENDED_QUIETLY(8, "when its memory was looked at: its process died: it ended by itself"),
}

/** The process that dies. */
object DyingMain {
    @JvmStatic
    fun main(args: Array<String>) {
        val (request, answer) = args.map(::File)
        val asked = LaunchRequest.read(request)
        val death = Death.values().first { it.threads == asked.threads }
        val backend = FakeBackend(whenRun = { die(death, asked.kind, answer) })
        TurnTask.run(request, answer, listOf(backend), FakeDevice(), Short.TURN)
    }

    private fun die(death: Death, kind: LaunchKind, answer: File) {
        when (death) {
            Death.NONE -> Unit
            Death.SIGSEGV -> if (kind == LaunchKind.TURN) writeToNowhere()
            Death.SIGKILL -> if (kind == LaunchKind.FINAL) killMyself()
            Death.OUT_OF_MEMORY -> takeAllMemory()
            Death.EXIT -> if (kind == LaunchKind.TURN) exitProcess(3)
            Death.HANG -> Thread.sleep(3_600_000)
            Death.HALF_AN_ANSWER -> {
                answer.writeText("{\"status\":\"ok\",\"reason\":\"\",\"turn\":{\"execute_ms\":[1.25,")
                Runtime.getRuntime().halt(0)
            }
            Death.ENDED_QUIETLY -> Runtime.getRuntime().halt(0)
        }
    }

    private fun writeToNowhere() {
        val unsafe = Class.forName("sun.misc.Unsafe")
        val one = unsafe.getDeclaredField("theUnsafe").apply { isAccessible = true }.get(null)
        unsafe.getMethod("putAddress", Long::class.java, Long::class.java).invoke(one, 0L, 0L)
    }

    private fun killMyself() {
        val id = ManagementFactory.getRuntimeMXBean().name.substringBefore('@')
        ProcessBuilder("kill", "-9", id).start().waitFor()
        Thread.sleep(60_000)
    }

    private fun takeAllMemory() {
        val kept = ArrayList<ByteArray>()
        while (true) kept.add(ByteArray(1 shl 20))
    }
}

/** Processes that really die take nothing along but their own run. */
class CrashTest {
    @Test
    fun `each way to die fails its run with the reason, and all others get their records`(@TempDir root: File) {
        val runs = Death.values().map { "cpu" to it.threads }
        val job = TestJob(root, JobBundle.write(File(root, "bundle.zip"), runs))
        val launcher = ChildJvm(
            DyingMain::class.java.name,
            flags = { listOf(if (it.threads == Death.OUT_OF_MEMORY.threads) "-Xmx40m" else "-Xmx128m") },
            limitS = { asked, limitS -> if (asked.threads == Death.HANG.threads) HANGS_S else limitS },
        )
        assertEquals(JobState.FINISHED, job.run(launcher, clock = SystemClock))
        for ((place, death) in Death.values().withIndex()) {
            val record = job.record(place)
            assertEquals(if (death == Death.NONE) "ok" else "failed", record.text("status")) { record.text("reason") }
            assertTrue(record.text("reason").startsWith(death.said)) { "$death: ${record.text("reason")}" }
        }
        assertEquals("finished", job.progress().text("state"))
    }

    private companion object {
        const val HANGS_S = 2.0
    }
}
