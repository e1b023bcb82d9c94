package dev.pocketseg.harness.measure

import android.app.KeyguardManager
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.RunActivity
import dev.pocketseg.harness.TurnActivity
import dev.pocketseg.harness.backends.Backends
import dev.pocketseg.harness.backends.Given
import dev.pocketseg.harness.backends.JvmNatives
import dev.pocketseg.harness.backends.RecordedBackend
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.BundleArtifact
import dev.pocketseg.harness.core.JsonArray
import dev.pocketseg.harness.core.JsonNumber
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonReader
import dev.pocketseg.harness.core.JsonText
import dev.pocketseg.harness.core.JsonValue
import dev.pocketseg.harness.core.RecordReader
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeNotNull
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File

/** From opening a bundle to its records, with real inference where this computer's JVM has the runtime. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [26, 31, 35])
class RunActivityTest {
    private val app = RuntimeEnvironment.getApplication()
    private val jvm = OneJvm(app)
    private val backends = TurnActivity.backends

    @Before
    fun begin() = jvm.begin()

    @After
    fun restore() {
        jvm.restore()
        TurnActivity.backends = backends
    }

    @Test
    fun `both networks run for real on two runtimes, and give the desktop's class maps`() {
        val bundle = kept()
        val isQuick = { artifact: BundleArtifact -> JvmNatives.folder != null || "w8a8" !in artifact.name }
        val real = places(bundle) { it.runtime == "ort" || (it.runtime == "litert" && isQuick(it)) }
        assertEquals(if (JvmNatives.folder != null) 8 else 6, real.size)
        val records = run(bundle, real)
        for ((place, record) in records) {
            val name = text(record, "artifact", "file")
            assertEquals(name + text(record, "reason"), "ok", text(record, "status"))
            assertEquals("test", text(record, "program", "launch"))
            assertEquals("invalid", text(record, "verdict", "word").lowercase())
            val shares = agreements(record)
            assertEquals(8, shares.size)
            assertTrue("$name of run $place agrees on $shares", shares.all { it >= least(record) })
        }
        assertTrue(jvm.launches >= 3 * real.size)
    }

    @Test
    fun `a runtime that cannot run here answers from recordings, which is said and never counts`() {
        val recordings = File(Given.bundle()?.parentFile, "recordings")
        val bundle = kept()
        TurnActivity.backends = { _, _ -> RECORDED.map { RecordedBackend(it, recordings) } }
        for ((_, record) in run(bundle, places(bundle) { it.runtime in RECORDED })) {
            assertEquals(text(record, "reason"), "ok", text(record, "status"))
            assertEquals("recorded", text(record, "runtime", "label"))
            assertEquals("test", text(record, "program", "launch"))
            assertEquals("invalid", text(record, "verdict", "word").lowercase())
            assertTrue(agreements(record).all { it == 1.0 })
        }
    }

    @Test
    fun `a runtime without its natives gives a refused record in plain words and the job goes on`() {
        val bundle = kept()
        TurnActivity.backends = { _, order -> Backends.ofApp(Given.NO_NATIVES, order.kernels) }
        for ((_, record) in run(bundle, places(bundle) { true })) {
            assertEquals("refused", text(record, "status"))
            assertTrue(text(record, "reason").startsWith("this build of the app has no lib"))
        }
    }

    @Test
    fun `a bundle that is not there, or no hash at all, is refused and said so`() {
        for (hash in listOf("a".repeat(64), "../../etc")) {
            val progress = refused(hash)
            assertTrue(text(progress, "reason"), text(progress, "reason").isNotEmpty())
        }
    }

    @Test
    fun `a locked screen is refused with the reason`() {
        shadowOf(app.getSystemService(KeyguardManager::class.java)).setKeyguardLocked(true)
        assertTrue("locked" in text(refused("a".repeat(64)), "reason"))
    }

    @Test
    fun `without a job's id the screen closes and nothing is written`() {
        val intent = RunActivity.intent(app, "a".repeat(64), "../../evil", null)
        val screen = Robolectric.buildActivity(RunActivity::class.java, intent).create().get()
        assertTrue(screen.isFinishing)
        assertTrue(Places.jobs(app).list().isNullOrEmpty())
    }

    /** Operations outside XNNPACK round 8-bit integers otherwise from version to version. */
    private fun least(record: JsonObject): Double {
        val isInteger = text(record, "artifact", "precision") == "w8a8"
        return if (isInteger && text(record, "runtime", "name") == "litert") LEAST_OF_INTEGERS else LEAST
    }

    private fun refused(hash: String): JsonObject {
        val intent = RunActivity.intent(app, hash, JOB, null)
        Robolectric.buildActivity(RunActivity::class.java, intent).setup()
        jvm.pump(60) { state() !in setOf(null, "running") }
        assertEquals("refused", state())
        return progress()!!
    }

    private fun run(bundle: String, places: List<Int>): Map<Int, JsonObject> {
        JvmNatives.load()
        val intent = RunActivity.intent(app, bundle, JOB, places.toIntArray())
        Robolectric.buildActivity(RunActivity::class.java, intent).setup()
        jvm.pump(1200) { state() !in setOf(null, "running") }
        assertEquals(progress().toString(), "finished", state())
        val folder = File(Places.jobs(app), JOB)
        return places.associateWith { RecordReader.read(File(folder, "$it.json").readBytes()) }
    }

    /** Open the bundle of the tests, as the file picker does; return its hash. */
    private fun kept(): String {
        val file = Given.bundle()
        assumeNotNull("no bundle: -Dpocketseg.bundle", file)
        return file!!.inputStream().use { Places.bundles(app).add(it) }.name.removeSuffix(".zip")
    }

    private fun places(bundle: String, isWanted: (BundleArtifact) -> Boolean): List<Int> =
        Bundle.open(Places.bundles(app).file(bundle)).use { opened ->
            val content = opened.content
            content.job.runs.indices.filter { isWanted(content.artifacts[content.job.runs[it].artifact]) }
        }

    private fun progress(): JsonObject? = File(Places.jobs(app), "$JOB/progress.json").takeIf { it.isFile }
        ?.let { JsonReader.read(it.readBytes()) as JsonObject }

    private fun state(): String? = progress()?.let { text(it, "state") }

    private fun agreements(record: JsonObject): List<Double> =
        (at(record, "bundle", "photos") as JsonArray).items.map { (at(it, "agreement") as JsonNumber).toDouble() }

    private fun text(document: JsonValue, vararg names: String): String = (at(document, *names) as JsonText).text

    private fun at(document: JsonValue, vararg names: String): JsonValue? =
        names.fold(document as JsonValue?) { found, name -> (found as JsonObject)[name] }

    private companion object {
        const val JOB = "0123456789abcdef0123456789abcdef"
        const val LEAST = 0.999
        const val LEAST_OF_INTEGERS = 0.99
        val RECORDED = listOf("executorch", "torchmobile")
    }
}
