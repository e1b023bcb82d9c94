package dev.pocketseg.harness

import android.app.Activity
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.view.WindowManager
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.core.ProgressReader
import dev.pocketseg.harness.measure.ActivityLauncher
import dev.pocketseg.harness.measure.Asks
import dev.pocketseg.harness.measure.JobListener
import dev.pocketseg.harness.measure.JobThread
import dev.pocketseg.harness.run.JobEffort
import dev.pocketseg.harness.run.Launcher
import dev.pocketseg.harness.run.Steps
import dev.pocketseg.harness.views.Page
import dev.pocketseg.harness.views.RunPanel
import dev.pocketseg.harness.views.put
import java.io.File

/**
 * Drives a job and shows how far it is; a computer starts it by the shell, docs/bundle.md, "Android".
 *
 * It stays in front while the job runs: whoever leaves it, or locks the screen, stops the measurement.
 */
class RunActivity : Activity() {
    private lateinit var panel: RunPanel
    private var thread: JobThread? = null

    override fun onCreate(saved: Bundle?) {
        super.onCreate(saved)
        panel = RunPanel(this)
        panel.onCancel = { thread?.isCancelled = true }
        Page.first(this, getString(R.string.app_name)).column.put(panel)
        val asks = Asks.of(intent)
        val running = asks?.let { JobThread.running(it.job) }
        val over = if (saved == null) null else over(asks)
        when {
            running != null -> goOn(running)
            over == null -> begin(intent)
            else -> panel.show(over, emptyList(), null)
        }
    }

    /** A second job does not begin beside one that runs: the two would measure each other. */
    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        val running = thread?.takeIf { it.isBusy }
        if (running != null) {
            Asks.of(intent)?.let(running::refuse)
            return
        }
        setIntent(intent)
        begin(intent)
    }

    /** Leaving by it would cancel the job, and a hand does it by chance: there is a button for that. */
    @Deprecated("What replaced it is newer than the oldest Android.")
    @Suppress("DEPRECATION")
    override fun onBackPressed() {
        if (thread?.isAlive != true) super.onBackPressed()
    }

    /** Android may end a screen that it makes anew later, with its job in between; only who closes it is done with it. */
    override fun onDestroy() {
        super.onDestroy()
        if (isFinishing) thread?.isCancelled = true
    }

    private fun goOn(running: JobThread) {
        window.addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
        thread = running
        running.listener = shown()
    }

    private fun begin(intent: Intent?) {
        val asks = Asks.of(intent)
        if (asks == null) {
            finish() // without a job's id there is nowhere to say why
            return
        }
        window.addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
        thread = JobThread(this, asks, launcher(this, asks), effort, shown()).also { it.start() }
    }

    /** How a job ended that was over before Android made this screen anew: it does not begin again by itself. */
    private fun over(asks: Asks?): Progress? = asks
        ?.let { ProgressReader.of(File(Places.jobs(this), it.job)) }
        ?.takeIf { it.state != JobState.RUNNING }

    /** The panel belongs to the main thread, and the job has another. */
    private fun shown() = object : JobListener {
        @Volatile
        private var names = emptyList<String>()

        @Volatile
        private var steps: Steps? = null

        override fun onNames(names: List<String>) {
            this.names = names
        }

        override fun onSteps(steps: Steps) {
            this.steps = steps // what is said of the launch follows at once, and shows it
        }

        override fun onProgress(progress: Progress) = runOnUiThread {
            panel.show(progress, names, steps)
            if (progress.state != JobState.RUNNING) {
                window.clearFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
            }
        }
    }

    companion object {
        /** What starts a launch, and how long a job goes on; tests put others in their place. */
        var launcher: (Activity, Asks) -> Launcher = { screen, asks -> ActivityLauncher(screen, asks.kernels) }
        var effort = JobEffort()

        /** Start the runs [only] of a kept bundle, or all of them, as a new job. */
        fun intent(context: Context, bundle: String, job: String, only: IntArray?): Intent =
            Intent(context, RunActivity::class.java)
                .putExtra(Asks.BUNDLE, bundle)
                .putExtra(Asks.JOB, job)
                .putExtra(Asks.ONLY, only)
    }
}
