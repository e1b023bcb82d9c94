package dev.pocketseg.harness.screens

import android.app.Activity
import android.view.View
import android.widget.Button
import android.widget.ProgressBar
import android.widget.TextView
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.AskedPart
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.run.Steps
import dev.pocketseg.harness.views.RunPanel
import dev.pocketseg.harness.views.StateText
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** How a job's state is put, from its first launch to its end and to the next job. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 35])
class RunPanelTest {
    private val activity = Robolectric.buildActivity(PanelActivity::class.java).create().get()
    private val panel = RunPanel(activity).also { activity.setContentView(it) }
    private val hash = "a".repeat(64)

    private fun running(run: Int, job: String = SampleJob.JOB) =
        SampleJob.progress(hash, JobState.RUNNING, run, "pass 3", null).copy(job = job)

    private fun failed(reason: String) = SampleJob.progress(hash, JobState.FAILED, 1, "", reason)

    /** The one button that is there while a job runs, whatever it says. */
    private fun cancel() = Layouts.all(panel).filterIsInstance<Button>().single()

    private fun live() = Layouts.all(panel).filterIsInstance<TextView>()
        .filter { it.accessibilityLiveRegion == View.ACCESSIBILITY_LIVE_REGION_POLITE }.joinToString { it.text }

    @Test
    fun `the bar follows launches and not the places of shuffled runs`() {
        panel.show(running(4), emptyList(), Steps(12, 96, 11 / 96.0))
        val bar = Layouts.all(panel).filterIsInstance<ProgressBar>().single()
        assertEquals(114, bar.progress)
        panel.show(running(0), emptyList(), Steps(13, 96, 12 / 96.0))
        assertEquals(125, bar.progress)
        assertTrue("Launch 13 of 96" in Layouts.texts(activity))
    }

    @Test
    fun `a file's name is shown once`() {
        for (phase in listOf("memory: net.tflite", "waiting: the battery is too hot")) {
            panel.show(running(0).copy(phase = phase), listOf("net.tflite"), null)
            assertEquals(2, Layouts.texts(activity).split("net.tflite").size)
        }
    }

    @Test
    fun `TalkBack hears of a tenth that is done and not of each launch`() {
        val heard = (1..96).map {
            panel.show(running(it % 5), emptyList(), Steps(it, 96, (it - 1) / 96.0))
            live()
        }.distinct()
        assertEquals((0..9).map { "Under way, ${10 * it} % done" }, heard)
        panel.show(failed("cancelled"), emptyList(), null)
        assertTrue(live(), "Ended early" in live() && "cancelled" in live())
    }

    @Test
    fun `the job after one that was cancelled can be cancelled, too`() {
        for (job in listOf("0".repeat(32), "1".repeat(32), "2".repeat(32))) {
            var isAsked = false
            panel.onCancel = { isAsked = true }
            panel.show(running(0, job), emptyList(), null)
            assertTrue(cancel().isEnabled)
            cancel().performClick()
            panel.show(running(1, job), emptyList(), null)
            assertTrue(isAsked)
            assertFalse(cancel().isEnabled)
        }
    }

    @Test
    fun `a part that was asked for and is done is no failure`() {
        val part = failed(AskedPart(1, 5).sentence)
        check(part, "Done: 1 of 5 files was asked for", R.color.good)
        check(failed(AskedPart(2, 5).sentence), "Done: 2 of 5 files were asked for", R.color.good)
        check(failed("cancelled"), "Ended early, at run 2 of 5", R.color.bad)
        check(failed("cancelled").copy(run = 0, runs = 0), "Ended before its first run", R.color.bad)
        panel.show(part, emptyList(), null)
        assertFalse(Layouts.texts(activity), "were asked for" in Layouts.texts(activity))
    }

    private fun check(progress: Progress, text: String, color: Int) {
        assertEquals(text, StateText.of(activity as Activity, progress))
        assertEquals(color, StateText.color(progress))
        val mark = if (color == R.color.good) R.drawable.mark_good else R.drawable.mark_bad
        assertEquals(mark, StateText.mark(progress))
    }
}
