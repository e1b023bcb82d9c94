package dev.pocketseg.harness.real

import org.junit.Assert.assertEquals
import org.junit.Test
import java.io.File

/**
 * Both networks in fp32 and 8-bit integers on a runtime: from opening a bundle to records, and what docs/android.md shows.
 *
 * A JVM for each runtime, as a process on a phone: ExecuTorch's library aborts here where TensorFlow Lite's was loaded before.
 */
abstract class RealRuns(private val target: String) {
    @Test
    fun `every file runs for real and gives the desktop's class maps`() {
        val job = RealJob()
        val records = job.run { it.target == target }
        assertEquals(2 * 2, records.size)
        if (Runtimes.areReal) { // for `python -m scripts.android.agreement`, which writes down what was measured
            job.folder.copyRecursively(File(System.getProperty("pocketseg.target"), "agreement"), overwrite = true)
        }
        job.check(records)
    }

    @Test
    fun `the example gives the desktop's classes, for fp32 and for 8-bit integers`() = RealExample.check(target)
}
