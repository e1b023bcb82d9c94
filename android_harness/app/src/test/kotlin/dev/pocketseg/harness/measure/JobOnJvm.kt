package dev.pocketseg.harness.measure

import android.app.Application
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.RunActivity
import dev.pocketseg.harness.Windows
import dev.pocketseg.harness.backends.Given
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.BundleArtifact
import dev.pocketseg.harness.core.JsonArray
import dev.pocketseg.harness.core.JsonNumber
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonReader
import dev.pocketseg.harness.core.JsonText
import dev.pocketseg.harness.core.JsonValue
import dev.pocketseg.harness.core.RecordReader
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeNotNull
import org.robolectric.Robolectric
import java.io.File

/** A job of the tests' bundle, from opening it to its records, by the app's own screens. */
class JobOnJvm(private val app: Application, private val jvm: OneJvm) {
    val folder = File(Places.jobs(app), JOB)

    /** Open the bundle of the tests, as the file picker does; return its hash. */
    fun kept(): String {
        val file = Given.bundle()
        assumeNotNull("NOT VERIFIED: there is no bundle, -Dpocketseg.bundle", file)
        return file!!.inputStream().use { Places.bundles(app).add(it) }.name.removeSuffix(".zip")
    }

    fun places(bundle: String, isWanted: (BundleArtifact) -> Boolean): List<Int> =
        Bundle.open(Places.bundles(app).file(bundle)).use { opened ->
            val content = opened.content
            content.job.runs.indices.filter { isWanted(content.artifacts[content.job.runs[it].artifact]) }
        }

    /** Run these, or all; return their records. */
    fun records(bundle: String, only: List<Int>?): Map<Int, JsonObject> {
        start(bundle, only?.toIntArray())
        if (only == null) {
            assertEquals(progress(folder).toString(), "finished", state(folder))
        } else {
            assertTrue(
                progress(folder).toString(),
                text(progress(folder)!!, "reason").endsWith("were asked for, and are done"),
            )
        }
        return (
            only ?: places(bundle) {
                true
            }
            ).associateWith { RecordReader.read(File(folder, "$it.json").readBytes()) }
    }

    /** Start a job that is refused; return what its progress says. */
    fun refused(bundle: String): JsonObject {
        start(bundle, null)
        assertEquals("refused", state(folder))
        return progress(folder)!!
    }

    private fun start(bundle: String, only: IntArray?) {
        Windows.begin()
        Robolectric.buildActivity(RunActivity::class.java, RunActivity.intent(app, bundle, JOB, only)).setup()
        jvm.pump(LIMIT_S) { state(folder) !in setOf(null, "running") }
    }

    companion object {
        const val JOB = "0123456789abcdef0123456789abcdef"
        private const val LIMIT_S = 1200L

        /** The share of each photo's pixels on which its map is the desktop's. */
        fun agreements(record: JsonObject): List<Double> =
            (at(record, "bundle", "photos") as JsonArray).items.map { (at(it, "agreement") as JsonNumber).toDouble() }

        /** What a job said last of how far it is; null before it said anything. */
        fun state(folder: File): String? = progress(folder)?.let { text(it, "state") }

        private fun progress(folder: File): JsonObject? = File(folder, "progress.json").takeIf { it.isFile }
            ?.let { JsonReader.read(it.readBytes()) as JsonObject }

        fun text(document: JsonValue, vararg names: String): String = (at(document, *names) as JsonText).text

        fun at(document: JsonValue, vararg names: String): JsonValue? =
            names.fold(document as JsonValue?) { found, name -> (found as JsonObject)[name] }
    }
}
