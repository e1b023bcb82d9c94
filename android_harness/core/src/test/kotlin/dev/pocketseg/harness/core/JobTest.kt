package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.io.File

/** The results of a whole job, one run that went well and one that was refused, left for Python to import. */
class JobTest {
    @Test
    fun `a job leaves progress, records and class maps`() {
        val root = File(Cases.target, "job").apply { deleteRecursively() }
        AtomicFile.write(File(root, "bundle.zip"), Made.zip)
        val bundle = Bundle.open(File(root, "bundle.zip"))
        val asked = bundle.content.job.runs
        assertEquals(listOf("cpu", "gpu"), asked.map { it.accelerator })
        val results = Results(root, Made.JOB)
        results.write(progress(bundle, JobState.RUNNING, run = 0))
        val golden = bundle.content.golden[0]
        val maps = bundle.content.photos.indices.map { bundle.classMap(golden.maps[it], it) }
        assertEquals(Made.document(bundle).bundle.results.map { it.mapSha256 }, maps.map(results::add))
        results.addRecord(0, placed(Made.document(bundle, turns = 12, runs = 8), 0, asked[0]).sealed())
        val refused = Made.failed(bundle, "gpu was asked; this runtime has none").copy(
            status = "refused",
            accelerator = AcceleratorPart("gpu", null, null, null, null, null),
        )
        val unknown = refused.unknown - "/accelerator" +
            listOf("obtained", "nodes", "nodes_delegated", "fallback", "arithmetic")
                .associate { "/accelerator/$it" to "it did not run" }
        results.addRecord(1, placed(refused.copy(unknown = unknown), 1, asked[1]).sealed())
        results.write(progress(bundle, JobState.FINISHED, run = asked.size))
    }

    private fun placed(document: RecordDocument, place: Int, asked: AskedRun) = document.copy(
        run = document.run.copy(place = place),
        runtime = document.runtime.copy(threadsAsked = asked.threads),
        bundle = document.bundle.copy(run = place),
    )

    private fun progress(bundle: Bundle, state: JobState, run: Int) =
        Progress(Made.JOB, bundle.sha256, state, run, bundle.content.job.runs.size, "", null, Moment.text(0))
}
