package dev.pocketseg.harness.measure

import android.app.Activity
import android.content.Intent
import android.os.Binder
import android.os.Bundle
import android.os.Looper
import android.os.Messenger
import android.util.TypedValue
import android.view.WindowManager
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.RunActivity
import dev.pocketseg.harness.TurnActivity
import dev.pocketseg.harness.backends.OnnxKernels
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.core.ProgressReader
import dev.pocketseg.harness.core.Results
import dev.pocketseg.harness.run.Backend
import dev.pocketseg.harness.run.EndKind
import dev.pocketseg.harness.run.Ended
import dev.pocketseg.harness.run.JobEffort
import dev.pocketseg.harness.run.Launcher
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.shadows.ShadowProcess
import java.io.File
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch

/** What Android does to the screens and processes of a job: ends them, makes them anew, puts others above them. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [26, 31, 35])
class LifecycleTest {
    private val app = RuntimeEnvironment.getApplication()
    private val jvm = OneJvm(app)
    private val killed = CopyOnWriteArrayList<Int>()
    private val reports = Reports { killed.add(it) }

    @Before
    fun begin() {
        ShadowProcess.setPid(PID)
        jvm.begin()
    }

    @After
    fun restore() = jvm.restore()

    @Test
    fun `a process that begins after it was given up is ended, and one that began just then, too`() {
        reports.giveUp()
        begun(reports)
        assertEquals(listOf(PID), killed)
        assertFalse(reports.waitForBegin(0.0))
        val other = Reports { killed.add(it) }
        begun(other)
        other.giveUp()
        assertEquals(listOf(PID, PID), killed)
    }

    @Test
    fun `a turn that did not begin in time is given up`() {
        val screen = Robolectric.buildActivity(Activity::class.java).get()
        val ended = ActivityLauncher(screen, startS = 0.0).launch(File("request"), File("answer"), 1.0)
        assertEquals(EndKind.NOT_STARTED, ended.kind)
        val started = shadowOf(app).nextStartedActivity
        // In a task of its own: with a process that crashes, Android ends the screen below it in the same task.
        val own = Intent.FLAG_ACTIVITY_NEW_TASK or Intent.FLAG_ACTIVITY_MULTIPLE_TASK
        assertEquals(own, started.flags and own)
        Reports.began(TurnOrder.of(started)!!.launcher)
        shadowOf(Looper.getMainLooper()).idle()
        assertTrue(ShadowProcess.wasKilled(PID))
    }

    @Test
    fun `a turn that Android makes anew long afterwards does no work`() {
        val controller = Robolectric.buildActivity(TurnActivity::class.java, turn(reports)).create(Bundle())
        assertTrue(controller.get().isFinishing)
        controller.start().resume()
        shadowOf(Looper.getMainLooper()).idle()
        assertFalse(reports.waitForBegin(0.0))
    }

    @Test
    fun `a turn lets touches through to the screen with the button that cancels, and does not go back`() {
        val turn = Robolectric.buildActivity(TurnActivity::class.java, turn(reports)).create().get()
        val seenThrough = TypedValue()
        assertTrue(turn.theme.resolveAttribute(android.R.attr.windowIsTranslucent, seenThrough, true))
        assertTrue(seenThrough.data != 0)
        val flags = turn.window.attributes.flags
        assertTrue(flags and WindowManager.LayoutParams.FLAG_NOT_TOUCHABLE != 0)
        assertTrue(flags and WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON != 0)
        @Suppress("DEPRECATION")
        turn.onBackPressed()
        assertFalse(turn.isFinishing)
    }

    @Test
    fun `leaving a turn before it is done is told from its file's own end`() {
        val backends = TurnActivity.backends
        val goesOn = CountDownLatch(1)
        TurnActivity.backends = { _, _ -> emptyList<Backend>().also { goesOn.await() } }
        try {
            val turn = Robolectric.buildActivity(TurnActivity::class.java, turn(reports)).create().start().resume()
            turn.pause().stop()
            shadowOf(Looper.getMainLooper()).idle()
            assertTrue(reports.wasLeft)
        } finally {
            goesOn.countDown()
            TurnActivity.backends = backends
        }
    }

    @Test
    fun `a job that was over does not begin again where Android makes its screen anew`() {
        val said = Progress(JOB, HASH, JobState.FAILED, 1, 3, "", "cancelled", "2026-01-02T03:04:05Z")
        Results(Places.jobs(app), JOB).write(said)
        val intent = RunActivity.intent(app, HASH, JOB, null)
        Robolectric.buildActivity(RunActivity::class.java, intent).create(Bundle()).start().resume()
        Thread.sleep(100)
        shadowOf(Looper.getMainLooper()).idle()
        assertEquals(said, ProgressReader.of(File(Places.jobs(app), JOB)))
    }

    @Test
    fun `a second job does not begin beside one that runs, and does once that is over`() {
        val goesOn = CountDownLatch(1)
        val listener = Heard()
        val screen = Robolectric.buildActivity(Activity::class.java).get()
        val first = Blocked(goesOn)
        val job = thread(screen, first).apply { start() }
        first.isHeard.await()
        thread(screen, listener).apply { start() }.join()
        assertEquals(JobState.REFUSED, listener.last?.state)
        assertTrue(listener.last?.reason.orEmpty().startsWith("another job runs"))
        goesOn.countDown()
        job.join()
        thread(screen, listener).apply { start() }.join()
        assertFalse(listener.last?.reason.orEmpty().startsWith("another job runs"))
    }

    @Test
    fun `what other jobs unpacked is removed before a job begins`() {
        val small = File(System.getProperty("pocketseg.checkout") ?: "../..", "conformance/cases/bundles/bundle.bin")
        val bundle = small.inputStream().use { Places.bundles(app).add(it) }.name.removeSuffix(".zip")
        val left = File(Places.work(app), "${"b".repeat(32)}/files/net.onnx").apply { parentFile!!.mkdirs() }
        left.writeText("left")
        val screen = Robolectric.buildActivity(Activity::class.java).get()
        thread(screen, Heard(), bundle).apply { start() }.join()
        assertFalse(left.exists())
    }

    @Test
    fun `going back from a job that is over closes its screen`() {
        val screen = Robolectric.buildActivity(RunActivity::class.java, RunActivity.intent(app, "none", JOB, null))
        screen.create().start().resume()
        jvm.pump(60) { ProgressReader.of(File(Places.jobs(app), JOB))?.state == JobState.REFUSED }
        jvm.pump(60) { Thread.getAllStackTraces().keys.none { it.name == "job" } }
        @Suppress("DEPRECATION")
        screen.get().onBackPressed()
        assertTrue(screen.get().isFinishing)
    }

    private fun thread(screen: Activity, listener: JobListener, bundle: String = HASH): JobThread {
        val asks = Asks.of(RunActivity.intent(app, bundle, JOB, null))!!
        val launcher = object : Launcher {
            override fun launch(request: File, answer: File, limitS: Double) = Ended(EndKind.DIED, "")
        }
        return JobThread(screen, asks, launcher, JobEffort(), listener)
    }

    private fun begun(reports: Reports) {
        Reports.began(reports.messenger, Binder())
        shadowOf(Looper.getMainLooper()).idle()
    }

    private fun turn(reports: Reports): Intent {
        val messenger: Messenger = reports.messenger
        val order = TurnOrder(File("no-request"), File(app.filesDir, "answer"), OnnxKernels.OWN, messenger)
        return order.putInto(Intent(app, TurnActivity::class.java))
    }

    private open class Heard : JobListener {
        @Volatile
        var last: Progress? = null

        override fun onNames(names: List<String>) = Unit

        override fun onProgress(progress: Progress) {
            last = progress
        }
    }

    private class Blocked(private val goesOn: CountDownLatch) : Heard() {
        val isHeard = CountDownLatch(1)

        override fun onProgress(progress: Progress) {
            super.onProgress(progress)
            isHeard.countDown()
            goesOn.await()
        }
    }

    private companion object {
        const val PID = 4321
        const val JOB = "0123456789abcdef0123456789abcdef"
        val HASH = "ab".repeat(32)
    }
}
