package dev.pocketseg.harness.measure

import android.content.Intent
import android.content.pm.PackageManager
import android.os.Bundle
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.RunActivity
import dev.pocketseg.harness.TurnActivity
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.core.ProgressReader
import dev.pocketseg.harness.run.EndKind
import dev.pocketseg.harness.run.Ended
import dev.pocketseg.harness.run.Launcher
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File
import java.util.concurrent.CountDownLatch

/** What comes to a job's screen while the job runs: another job, and its own end. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [26, 31, 35])
class SecondJobTest {
    private val app = RuntimeEnvironment.getApplication()
    private val jvm = OneJvm(app)
    private val goesOn = CountDownLatch(1)

    @Before
    fun begin() {
        jvm.begin()
        RunActivity.launcher = { _, _ ->
            object : Launcher {
                override fun launch(request: File, answer: File, limitS: Double): Ended {
                    goesOn.await()
                    return Ended(EndKind.DIED, "")
                }
            }
        }
    }

    @After
    fun restore() {
        goesOn.countDown()
        jvm.pump(60) { jobs().isEmpty() }
        jvm.restore()
    }

    @Test
    fun `another job that comes to the screen of one that runs is refused where it is looked for`() {
        val screen = running()
        screen.newIntent(RunActivity.intent(app, HASH, OTHER, null))
        val said = progress(OTHER)!!
        assertEquals(JobState.REFUSED, said.state)
        assertTrue(said.reason.orEmpty().startsWith("another job runs"))
        assertEquals(HASH, said.bundle)
        screen.newIntent(RunActivity.intent(app, HASH, JOB, null))
        assertEquals(JobState.RUNNING, progress(JOB)!!.state)
        screen.newIntent(Intent()) // asks for nothing that anything could be said of
    }

    @Test
    fun `another job on a screen of its own is refused where it is looked for`() {
        running()
        val other = RunActivity.intent(app, HASH, OTHER, null)
        Robolectric.buildActivity(RunActivity::class.java, other).create().start().resume()
        jvm.pump(60) { progress(OTHER) != null }
        assertEquals(JobState.REFUSED, progress(OTHER)!!.state)
        assertEquals(JobState.RUNNING, progress(JOB)!!.state)
    }

    @Test
    fun `a job goes on where Android ends its screen, and the next screen is its`() {
        running().stop().destroy()
        val again = Robolectric.buildActivity(RunActivity::class.java, intent()).create(Bundle()).start().resume()
        assertEquals(1, jobs().size)
        goesOn.countDown()
        jvm.pump(60) { progress(JOB)?.state != JobState.RUNNING }
        assertNotEquals("cancelled", progress(JOB)!!.reason)
        assertEquals(JobState.FINISHED, progress(JOB)!!.state)
        jvm.pump(60) { jobs().isEmpty() }
        assertFalse(again.get().isFinishing)
    }

    @Test
    fun `a job ends with a screen that is closed`() {
        val screen = running()
        screen.get().finish()
        screen.stop().destroy()
        goesOn.countDown()
        jvm.pump(60) { progress(JOB)?.state == JobState.FAILED }
        assertEquals("cancelled", progress(JOB)!!.reason)
    }

    @Test
    fun `a turn has a task of its own`() {
        val found = app.packageManager.getPackageInfo(app.packageName, PackageManager.GET_ACTIVITIES).activities!!
        val tasks = found.associate { it.name to it.taskAffinity }
        val turn = tasks.getValue(TurnActivity::class.java.name)
        assertNull(tasks.filterKeys { it != TurnActivity::class.java.name }.entries.firstOrNull { it.value == turn })
    }

    private fun running(): ActivityController<RunActivity> {
        val screen = Robolectric.buildActivity(RunActivity::class.java, intent()).create().start().resume()
        jvm.pump(60) { progress(JOB)?.phase.orEmpty().startsWith("memory") }
        return screen.pause()
    }

    private fun intent() = RunActivity.intent(app, bundle, JOB, null)

    private val bundle by lazy {
        val small = File(System.getProperty("pocketseg.checkout") ?: "../..", "conformance/cases/bundles/bundle.bin")
        small.inputStream().use { Places.bundles(app).add(it) }.name.removeSuffix(".zip")
    }

    private fun progress(job: String): Progress? = ProgressReader.of(File(Places.jobs(app), job))

    private fun jobs() = Thread.getAllStackTraces().keys.filter { it.name == "job" }

    private companion object {
        const val JOB = "0123456789abcdef0123456789abcdef"
        const val OTHER = "fedcba9876543210fedcba9876543210"
        val HASH = "ab".repeat(32)
    }
}
