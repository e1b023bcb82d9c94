package dev.pocketseg.harness.real

import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Files of two runtimes on the oldest Android that runs here. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [26])
class OldestRunsTest {
    @Test
    fun `files run for real and give the desktop's class maps`() {
        val job = RealJob()
        val records = job.run { it.name.startsWith("topformer") && it.target in setOf("onnx", "tflite") }
        assertEquals(4, records.size)
        job.check(records)
    }
}
