package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.JsonArray
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonText
import dev.pocketseg.harness.core.RawOutput
import dev.pocketseg.harness.core.items
import dev.pocketseg.harness.core.text
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.nio.ByteBuffer

/** Runs that are refused or fail, whatever for: the others go on. */
class JobFaultsTest {
    @TempDir
    lateinit var root: File

    private val three = listOf("cpu" to 1, "cpu" to 2, "cpu" to 4)

    private fun job(runs: List<Pair<String, Int>> = three) =
        TestJob(root, JobBundle.write(File(root, "bundle.zip"), runs))

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
    fun `a file of two inputs is refused before it is loaded, since one of them would be empty`() {
        var opened = 0
        val zip = JobBundle.write(File(root, "bundle.zip"), listOf("cpu" to 1)) { manifest ->
            val inputs = manifest.items("inputs")
            val second = JsonObject((inputs[0] as JsonObject).fields + ("name" to JsonText("mask")))
            JsonObject(manifest.fields + ("inputs" to JsonArray(inputs + second)))
        }
        val job = TestJob(root, zip)
        assertEquals(
            JobState.FINISHED,
            job.run(
                InProcess(
                    listOf(
                        FakeBackend(whenOpened = {
                            opened++
                        }),
                    ),
                    FakeDevice(),
                ),
            ),
        )
        assertEquals("refused", job.record(0).text("status"))
        assertEquals("it takes 2 inputs, and a photo is one", job.record(0).text("reason"))
        assertEquals(0, opened)
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
}
