package dev.pocketseg.harness.real

import dev.pocketseg.harness.TurnActivity
import dev.pocketseg.harness.backends.RuntimeVersions
import dev.pocketseg.harness.core.BundleArtifact
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonText
import dev.pocketseg.harness.measure.JobOnJvm
import dev.pocketseg.harness.measure.JobOnJvm.Companion.agreements
import dev.pocketseg.harness.measure.JobOnJvm.Companion.at
import dev.pocketseg.harness.measure.JobOnJvm.Companion.text
import dev.pocketseg.harness.measure.OneJvm
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.robolectric.RuntimeEnvironment
import java.io.File

/** A job by the app's own screens, in which each file runs on its runtime. */
class RealJob {
    private val app = RuntimeEnvironment.getApplication()
    private val jvm = OneJvm(app)
    private val job = JobOnJvm(app, jvm)
    val folder: File get() = job.folder

    fun run(isWanted: (BundleArtifact) -> Boolean): Map<Int, JsonObject> {
        val bundle = job.kept()
        val places = job.places(bundle, isWanted)
        val all = job.places(bundle) { true }
        val backends = TurnActivity.backends
        jvm.begin()
        TurnActivity.backends = { _, _ -> Runtimes.all() }
        try {
            val records = job.records(bundle, places.takeIf { it.size < all.size })
            assertEquals("memory, a turn, a last turn", 3 * places.size, jvm.launches)
            return records
        } finally {
            jvm.restore()
            TurnActivity.backends = backends
        }
    }

    fun check(records: Map<Int, JsonObject>) {
        for (record in records.values) {
            val name = text(record, "artifact", "file")
            assertEquals("$name: ${text(record, "reason")}", "ok", text(record, "status"))
            checkNeverCounts(name, record)
            checkRuntime(name, record)
            val shares = agreements(record)
            assertEquals(name, PHOTOS, shares.size)
            val least = if (Runtimes.areReal) Found.least(record) else 1.0
            assertTrue("$name agrees on $shares, and $least is asked", shares.average() >= least)
            assertEquals(
                "$name: ${text(record, "golden", "reason")}",
                Found.golden(record),
                text(record, "golden", "status"),
            )
        }
    }

    private fun checkNeverCounts(name: String, record: JsonObject) {
        assertEquals(name, "test", text(record, "program", "launch"))
        assertEquals(name, "INVALID", text(record, "verdict"))
    }

    private fun checkRuntime(name: String, record: JsonObject) {
        val runtime = text(record, "runtime", "name")
        val isRecorded = !Runtimes.areReal && runtime != "ort"
        assertEquals(name, if (isRecorded) "recorded" else "", text(record, "runtime", "label"))
        val version = (at(record, "runtime", "version") as? JsonText)?.text
        assertEquals(name, if (isRecorded) null else VERSIONS[runtime], version)
    }

    private companion object {
        const val PHOTOS = 8
        val VERSIONS = mapOf(
            "litert" to RuntimeVersions.TFLITE,
            "ort" to RuntimeVersions.ONNX_RUNTIME,
            "executorch" to RuntimeVersions.EXECUTORCH,
            "torchmobile" to RuntimeVersions.PYTORCH,
        )
    }
}
