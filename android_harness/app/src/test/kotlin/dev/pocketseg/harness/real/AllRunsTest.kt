package dev.pocketseg.harness.real

import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File

/** Both networks in fp32 and 8-bit integers on all four runtimes: from opening a bundle to its records. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [31])
class AllRunsTest {
    @Test
    fun `every file runs for real and gives the desktop's class maps`() {
        val job = RealJob()
        val records = job.run { true }
        assertEquals(2 * 2 * 4, records.size)
        // For `python -m scripts.android.agreement`, which writes down what was measured.
        if (Runtimes.areReal) job.folder.copyRecursively(File(System.getProperty("pocketseg.target"), "agreement"))
        job.check(records)
    }
}
