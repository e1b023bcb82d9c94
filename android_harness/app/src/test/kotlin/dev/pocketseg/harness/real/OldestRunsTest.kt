package dev.pocketseg.harness.real

import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** A file of each runtime on the oldest Android that runs here. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [26])
class OldestRunsTest {
    @Test
    fun `a file of each runtime runs for real and gives the desktop's class maps`() {
        val job = RealJob()
        val records = job.run { it.name.startsWith("topformer") && "fp32" in it.name }
        assertEquals(4, records.size)
        job.check(records)
    }
}
