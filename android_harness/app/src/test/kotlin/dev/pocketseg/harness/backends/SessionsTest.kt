package dev.pocketseg.harness.backends

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.RawOutput
import dev.pocketseg.harness.run.Session
import org.junit.Assert.assertEquals
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import java.io.File
import java.util.concurrent.Callable
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors

class SessionsTest {
    private class Fake(private val handles: Handles) : Session {
        override val accelerator = AcceleratorPart("cpu", "cpu", null, null, null, null)
        override val threads: Int? = null

        override fun fill(input: ByteArray) = Unit

        override fun run() = emptyList<RawOutput>()

        override fun close() = handles.close()
    }

    @Test
    fun `after any number of runs nothing is open that was not before`() {
        var open = 0
        repeat(20) {
            val handles = Handles()
            handles.own(AutoCloseable { open-- })
            open++
            OneThread(Fake(handles)).use { session -> repeat(50) { session.run() } }
            assertEquals(0, handles.count)
        }
        assertEquals(0, open)
    }

    @Test
    fun `handles are closed in the opposite order, also where one fails to`() {
        val closed = ArrayList<String>()
        val handles = Handles()
        handles.own(AutoCloseable { closed.add("delegate") })
        handles.own(AutoCloseable { throw IllegalStateException("stuck") })
        handles.own(AutoCloseable { closed.add("interpreter") })
        assertThrows(IllegalStateException::class.java) { handles.close() }
        assertEquals(listOf("interpreter", "delegate"), closed)
        handles.close()
        assertEquals(2, closed.size)
    }

    @Test
    fun `what fails to open leaves nothing open`() {
        var open = 0
        val handles = Handles()
        assertThrows(IllegalStateException::class.java) {
            handles.whole {
                own(AutoCloseable { open-- })
                open++
                throw IllegalStateException("damaged")
            }
        }
        assertEquals(0, open)
    }

    @Test
    fun `a session is used by the thread that opened it, and by none once it is closed`() {
        val session = OneThread(Fake(Handles()))
        val other = Executors.newSingleThreadExecutor()
        try {
            for (use in listOf<() -> Unit>({ session.run() }, { session.fill(ByteArray(0)) }, { session.close() })) {
                val error = assertThrows(ExecutionException::class.java) { other.submit(Callable { use() }).get() }
                assertTrue(error.cause is IllegalStateException)
            }
        } finally {
            other.shutdown()
        }
        session.close()
        session.close()
        assertThrows(IllegalStateException::class.java) { session.run() }
        assertThrows(IllegalStateException::class.java) { session.fill(ByteArray(0)) }
    }

    @Test
    fun `channels that lie together are read where they lie`() {
        assertEquals(listOf(96L, 32L, 8L, 4L), denseStrides(listOf(1, 3, 4, 2), 4))
        assertEquals(listOf(96L, 4L, 24L, 12L), channelsLastStrides(listOf(1, 3, 4, 2), 4))
        val output = OutputMemory(Given.image().copy(name = "logits"))
        for (place in 0 until 24) output.memory.putFloat(4 * place, (place % 3 * 10 + place / 3).toFloat())
        val raw = output.raw(channelsLastStrides(output.spec.shape, 4))
        assertEquals(listOf(96L, 4L, 24L, 12L), raw.stridesBytes)
        val found = raw.scores(output.spec, 3).values
        assertEquals((0 until 24).map { (it / 8 * 10 + it % 8).toFloat() }, found.toList())
    }

    @Test
    fun `the versions that the app says are those that it is built with`() {
        val pom = File(System.getProperty("pocketseg.checkout"), "android_harness/pom.xml").readText()
        val pinned = { name: String -> pom.substringAfter("<$name>").substringBefore("</$name>") }
        assertEquals(pinned("tflite.version"), RuntimeVersions.TFLITE)
        assertEquals(pinned("onnxruntime.version"), RuntimeVersions.ONNX_RUNTIME)
        assertEquals(pinned("pytorch.version"), RuntimeVersions.PYTORCH)
    }
}
