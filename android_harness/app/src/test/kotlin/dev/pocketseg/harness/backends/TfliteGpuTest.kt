package dev.pocketseg.harness.backends

import dev.pocketseg.harness.run.CannotRun
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertSame
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.tensorflow.lite.Delegate

/** The GPU is tried wherever its delegate can be made, and nothing more is said of it than is known. */
class TfliteGpuTest {
    private val made = object : Delegate {
        override fun getNativeHandle() = 0L

        override fun close() = Unit
    }

    @Test
    fun `a device that its release does not list is tried and the record says so`() {
        for (isListed in listOf(true, false)) {
            val gpu = TfliteGpu({ isListed }, { made })
            assertSame(made, gpu.delegate())
            assertNull(gpu.part().obtained)
            assertEquals(!isListed, "this device is not among those" in gpu.part().fallback!!)
        }
    }

    @Test
    fun `a delegate that cannot be made or does not take the file refuses the run in its words`() {
        val broken = TfliteGpu({ true }, { throw IllegalArgumentException("OpenCL is not there") })
        assertTrue("OpenCL is not there" in assertThrows(CannotRun::class.java) { broken.delegate() }.message!!)
        val gpu = TfliteGpu({ false }, { made })
        val refused = assertThrows(CannotRun::class.java) {
            gpu.apply { throw IllegalArgumentException("Internal error: Failed to apply delegate: CAST is not known") }
        }
        assertTrue(refused.message, "CAST is not known" in refused.message!!)
    }

    @Test
    fun `a file that is damaged fails by itself though a GPU was asked for`() {
        val error = assertThrows(IllegalArgumentException::class.java) {
            TfliteGpu({ false }, { made }).apply { throw IllegalArgumentException("ByteBuffer is not a valid model") }
        }
        assertFalse("GPU" in error.message!!)
    }
}
