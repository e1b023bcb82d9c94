package dev.pocketseg.harness.measure

import android.content.Intent
import android.provider.OpenableColumns
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.RecordsProvider
import dev.pocketseg.harness.backends.Given
import dev.pocketseg.harness.backends.OnnxKernels
import dev.pocketseg.harness.core.BundleRefused
import dev.pocketseg.harness.core.BundleStore
import dev.pocketseg.harness.core.StorageRefused
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import java.io.File
import java.io.FileNotFoundException

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 31, 35])
class NamesAndReasonsTest {
    private val app = RuntimeEnvironment.getApplication()

    @Test
    fun `a job's own files are given and nothing else is`() {
        assertNotNull(RecordNames.of(listOf(JOB, "progress.json")))
        assertNotNull(RecordNames.of(listOf(JOB, "0.json")))
        assertNotNull(RecordNames.of(listOf(JOB, "maps", "$HASH.runs")))
        val others = listOf(
            emptyList(), listOf(JOB), listOf(JOB, ".."), listOf("..", "progress.json"), listOf(JOB, "../0.json"),
            listOf(JOB, "00.json"), listOf(JOB, "1234567.json"), listOf(JOB, "x.json"), listOf(JOB, "0.json.part"),
            listOf(JOB, "maps"), listOf(JOB, "maps", "..", "0.json"), listOf(JOB, "maps", "$HASH.json"),
            listOf(JOB, "other", "$HASH.runs"), listOf(JOB.uppercase(), "0.json"), listOf(JOB, "maps/$HASH.runs"),
        )
        for (parts in others) assertNull(parts.toString(), RecordNames.of(parts))
    }

    @Test
    fun `the provider reads a record and refuses all else`() {
        val provider = Robolectric.setupContentProvider(RecordsProvider::class.java, RecordsProvider.AUTHORITY)
        val file = File(Places.jobs(app), "$JOB/0.json").apply { parentFile!!.mkdirs() }
        file.writeText("{}")
        val uri = RecordsProvider.uri(JOB, "0.json")
        provider.query(uri, null, null, null, null)!!.use {
            assertTrue(it.moveToFirst())
            assertEquals("0.json", it.getString(it.getColumnIndexOrThrow(OpenableColumns.DISPLAY_NAME)))
            assertEquals(2, it.getInt(it.getColumnIndexOrThrow(OpenableColumns.SIZE)))
        }
        provider.openFile(uri, "r").use { assertEquals(2, it.statSize) }
        assertThrows(SecurityException::class.java) { provider.openFile(uri, "rw") }
        for (name in listOf("1.json", "..%2F0.json", "../$JOB/0.json")) {
            val other = RecordsProvider.uri(JOB, name)
            assertThrows(name, FileNotFoundException::class.java) { provider.openFile(other, "r") }
        }
        assertThrows(UnsupportedOperationException::class.java) { provider.delete(uri, null, null) }
    }

    @Test
    fun `the end of a process is said in the system's words`() {
        assertEquals("low memory", ExitReasons.sentence(3, 0, null))
        assertEquals("signal 9", ExitReasons.sentence(2, 9, ""))
        assertEquals("crash in native code by signal 11 (tombstone)", ExitReasons.sentence(5, 11, "tombstone"))
        assertEquals("reason 99", ExitReasons.sentence(99, 0, null))
    }

    @Test
    fun `a pushed bundle is another one, is damaged, or is absent, and none is kept`() {
        val pushed = File(app.filesDir, "pushed").apply { mkdirs() }
        val store = BundleStore(File(app.filesDir, "store"))
        val arrivals = Arrivals(store, pushed)
        assertThrows(StorageRefused::class.java) { arrivals.kept(HASH) }
        File(pushed, "$HASH.zip").writeText("no zip")
        assertThrows(Exception::class.java) { arrivals.kept(HASH) }
        Given.bundle()?.let { real ->
            real.copyTo(File(pushed, "$HASH.zip"), overwrite = true)
            assertThrows(BundleRefused::class.java) { arrivals.kept(HASH) }
        }
        assertTrue(!store.file(HASH).exists())
    }

    @Test
    fun `what a job is started with is checked`() {
        fun of(job: String?) = Asks.of(Intent().putExtra(Asks.JOB, job).putExtra(Asks.BUNDLE, HASH))
        assertNull(Asks.of(null))
        for (job in listOf(null, "", "..", JOB + "0", JOB.uppercase())) assertNull(job, of(job))
        val asks = of(JOB)!!
        assertNull(asks.only)
        assertEquals(OnnxKernels.OWN, asks.kernels)
        val intent = Intent().putExtra(Asks.JOB, JOB).putExtra(Asks.KERNELS, "xnnpack")
        intent.putExtra(Asks.ONLY, intArrayOf(2, 2, 1))
        assertEquals(setOf(1, 2), Asks.of(intent)!!.only)
        assertEquals(OnnxKernels.XNNPACK, Asks.of(intent)!!.kernels)
    }

    private companion object {
        const val JOB = "0123456789abcdef0123456789abcdef"
        val HASH = "ab".repeat(32)
    }
}
