package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonReader
import dev.pocketseg.harness.core.Made
import dev.pocketseg.harness.core.Reading
import dev.pocketseg.harness.core.Turn
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.Random

/** Orders, what is kept of the yardstick, reasons, and answers that were changed. */
class PartsTest {
    @TempDir
    lateinit var root: File

    @Test
    fun `each order has every run once, and seeds and passes give others`() {
        val orders = (0L..3).flatMap { seed -> (0..20).map { pass -> Orders.of(seed, pass, 8) } }
        for (order in orders) assertEquals((0..7).toList(), order.sorted())
        assertTrue(orders.toSet().size > 80)
        assertEquals((0..7).toSet(), orders.map { it[0] }.toSet())
        assertEquals(Orders.of(4_294_967_295, 999, 1000), Orders.of(4_294_967_295, 999, 1000))
    }

    @Test
    fun `the best is known once two launches came near it, and is kept`() {
        val one = Best.of(null, listOf(turn(0.5, 1.0), turn(0.6, 1.2)), NOW)!!
        assertEquals(Reading(0.5, 1.0), one.reading)
        assertFalse(one.isKnown)
        val two = Best.of(one, listOf(turn(0.51, 1.02)), NOW + 5)!!
        assertTrue(two.isKnown)
        val faster = Best.of(two, listOf(turn(0.4, 1.0)), NOW + 9)!!
        assertFalse(faster.isKnown)
        val slow = Best.of(two, listOf(turn(0.9, 2.0)), NOW + 9)!!
        assertEquals(two, slow)
        val kept = BestKept(File(root, "best.json"))
        assertNull(kept.read(NOW))
        kept.write(two)
        assertEquals(two, kept.read(NOW + 10))
        assertNull(kept.read(NOW + 31L * 24 * 3600 * 1000))
        assertNull(kept.read(NOW - 3_600_000))
        File(root, "best.json").writeText("{\"version\":\"kotlin-1\",\"integer_ms\":0}")
        assertNull(kept.read(NOW))
    }

    @Test
    fun `reasons name files without their folders, on one line`() {
        assertEquals(
            "cannot open model.tflite (in base.apk)",
            Reasons.clean("cannot open /data/user/0/a.b/files/model.tflite (in /data/app/~~x==/base.apk)"),
        )
        assertEquals("1/2 of https://x.org/a/b", Reasons.clean("1/2 of https://x.org/a/b"))
        assertEquals("a b", Reasons.clean("a\nb"))
        assertEquals("no reason was given", Reasons.clean("\n"))
        assertTrue(Reasons.clean("x".repeat(10_000)).length <= 300)
    }

    @Test
    fun `no change of an answer's bytes does more than refuse it`() {
        val device = FakeDevice()
        val job = TestJob(root, JobBundle.write(File(root, "bundle.zip"), listOf("cpu" to 1)))
        val answers = ArrayList<ByteArray>()
        job.run(
            InProcess(listOf(FakeBackend()), device) { _, answer ->
                answers.add(answer.readBytes())
                Ended(EndKind.ANSWERED, "")
            },
            device,
        )
        val random = Random(7)
        val file = File(root, "answer.json")
        var refused = 0
        repeat(700) {
            val data = answers[it % answers.size].copyOf()
            repeat(1 + random.nextInt(3)) { data[random.nextInt(data.size)] = random.nextInt(256).toByte() }
            file.writeBytes(if (it % 5 == 0) data.copyOf(random.nextInt(data.size)) else data)
            try {
                AnswerReader.read(file)
            } catch (_: AnswerRefused) {
                refused++
            }
        }
        assertTrue(refused > 200) { "$refused" }
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
        val manifest = Made.bundle().use { it.manifest(0) }
        session = OneAtATime(backend.open(Wanted(root, manifest, "cpu", 1)))
        session.fill(ByteArray(4 * 3 * FakeBackend.HEIGHT * FakeBackend.WIDTH))
        session.run()
        assertEquals(listOf("a session is run while it works", "a session is closed while it works"), faults)
        session.close()
        assertThrows(IllegalStateException::class.java) { session.run() }
    }

    @Test
    fun `the desktop's version is that of the runtime's own tool`() {
        val manifest = JsonReader.read("{\"tools\":{\"onnxruntime\":\"1.2\",\"torch\":3}}") as JsonObject
        assertEquals("1.2", DesktopVersion.of("ort", manifest))
        for (runtime in listOf("torchmobile", "litert", "other")) assertNull(DesktopVersion.of(runtime, manifest))
    }

    private fun turn(integerMs: Double, memoryMs: Double): Turn {
        val reading = Reading(integerMs, memoryMs)
        return Turn(0, 0.0, reading, reading, 1.0, null, null, null, null, null, doubleArrayOf(0.0), doubleArrayOf(1.0))
    }

    private companion object {
        const val NOW = 1_767_323_045_678L
    }
}
