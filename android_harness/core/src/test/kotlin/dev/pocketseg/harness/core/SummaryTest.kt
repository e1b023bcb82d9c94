package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File

/** What screens read of jobs and records. */
class SummaryTest {
    private val bundle = Made.bundle()

    private fun summary(document: RecordDocument) = RecordSummary.of(RecordReader.read(document.sealed().toByteArray()))

    @Test
    fun `a record's table row says what the record says`() {
        val document = Made.document(bundle, turns = 12, runs = 8)
        val row = summary(document)
        assertEquals(document.artifact.file, row.file)
        assertEquals(document.statistics!!.p50Ms, row.p50Ms)
        assertEquals(document.statistics.p50LowMs, row.p50LowMs)
        assertEquals(document.verdict!!.kind, row.verdict)
        assertEquals(document.verdict.reasons, row.verdictReasons)
        assertEquals(50_000_000L, row.peakBytes)
        assertEquals("passed", row.golden)
        assertEquals(1.0, row.leastAgreement)
    }

    @Test
    fun `a run that failed has a reason and no figures`() {
        val row = summary(Made.failed(bundle, "loading: out of memory"))
        assertEquals("failed" to "loading: out of memory", row.status to row.reason)
        assertNull(row.p50Ms)
        assertNull(row.verdict)
        assertNull(row.leastAgreement)
    }

    @Test
    fun `progress is read as it was written, and the latest job comes first`(@TempDir root: File) {
        val jobs = listOf(Made.JOB, "0".repeat(32))
        for ((place, job) in jobs.withIndex()) {
            val at = Moment.text(1000L * place)
            Results(root, job).write(Progress(job, bundle.sha256, JobState.FAILED, 1, 2, "", "cancelled", at))
        }
        File(root, "no job").mkdir()
        assertEquals(jobs.reversed(), ProgressReader.all(root, bundle.sha256).map { it.job })
        assertEquals("cancelled", ProgressReader.of(File(root, Made.JOB))!!.reason)
        assertEquals(emptyList<Progress>(), ProgressReader.all(root, "of another bundle"))
    }

    @Test
    fun `a damaged progress says nothing`(@TempDir root: File) {
        val good = Progress(Made.JOB, bundle.sha256, JobState.RUNNING, 0, 2, "", null, Moment.text(0)).toJson()
        val bad =
            listOf("", "{", "[]", "{}", good.replace("running", "flying"), good.replace("\"run\":0", "\"run\":-1"))
        for (text in bad) {
            File(root, "progress.json").writeText(text)
            assertNull(ProgressReader.of(root), text)
        }
    }

    @Test
    fun `bundles that are kept are listed, and one is removed`(@TempDir root: File) {
        val store = BundleStore(root)
        assertEquals(emptyList<String>(), store.kept())
        store.add(Made.zip.inputStream())
        File(root, "notes.zip").writeText("")
        assertEquals(listOf(bundle.sha256), store.kept())
        store.remove(bundle.sha256)
        assertEquals(emptyList<String>(), store.kept())
    }
}
