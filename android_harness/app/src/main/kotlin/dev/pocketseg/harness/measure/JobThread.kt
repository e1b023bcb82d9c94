package dev.pocketseg.harness.measure

import android.app.Activity
import android.app.KeyguardManager
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.Hashes
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Moment
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.core.Refused
import dev.pocketseg.harness.core.Results
import dev.pocketseg.harness.device.AndroidDevice
import dev.pocketseg.harness.device.Front
import dev.pocketseg.harness.device.Names
import dev.pocketseg.harness.device.service
import dev.pocketseg.harness.run.JobDriver
import dev.pocketseg.harness.run.JobEffort
import dev.pocketseg.harness.run.JobRequest
import dev.pocketseg.harness.run.Launcher
import dev.pocketseg.harness.run.Steps
import java.io.File

/** Whom a job's thread tells of it. */
interface JobListener {
    /** The names of the job's runs, in order, once the bundle could be read. */
    fun onNames(names: List<String>)

    fun onProgress(progress: Progress)

    /** Which launch is next; progress.json says nothing of it. */
    fun onSteps(steps: Steps) = Unit
}

/** One job, on a thread of its own in the process of [screen], which loads no runtime. */
class JobThread(
    private val screen: Activity,
    private val asks: Asks,
    private val launcher: Launcher,
    private val effort: JobEffort,
    private val listener: JobListener,
) : Thread("job") {
    @Volatile
    var isCancelled = false

    private val app = screen.applicationContext
    private val jobs = Places.jobs(app)

    override fun run() {
        try {
            if (mayBegin()) work() else refuse()
        } catch (error: Refused) {
            over(JobState.FAILED, error.message.orEmpty())
        } catch (error: RuntimeException) {
            over(JobState.FAILED, "the app failed: ${error.javaClass.simpleName}: ${error.message}")
        }
    }

    /** Whether no other job runs; one that was cancelled is waited for, as its last file may still be at work. */
    private fun mayBegin(): Boolean {
        val earlier = synchronized(JobThread) {
            val found = latest
            found?.join(MOMENT_MS) // one that is over in all but name
            if (found != null && found.isAlive && !found.isCancelled) return false
            latest = this
            found
        }
        earlier?.join()
        return true
    }

    /** Said on the screen alone: the job's folder may be that of the job that runs. */
    private fun refuse() {
        val reason = "another job runs on this device; wait until it is over"
        val at = Moment.text(System.currentTimeMillis())
        listener.onProgress(Progress(asks.job, NO_HASH, JobState.REFUSED, 0, 0, "", reason, at))
    }

    private fun work() {
        if (!Hashes.isSha256(asks.bundle)) return over(JobState.REFUSED, "a bundle's hash has 64 hex digits")
        say(JobState.RUNNING, "taking the bundle in", null)
        if (app.service<KeyguardManager>().isKeyguardLocked) {
            return over(JobState.REFUSED, "the screen is locked; unlock it and start again")
        }
        val bundle = try {
            Arrivals(Places.bundles(app), Places.PUSHED).kept(asks.bundle).also { listener.onNames(names(it)) }
        } catch (error: Refused) {
            return over(JobState.REFUSED, error.message.orEmpty())
        }
        // Files that a job unpacked which was cancelled, or killed, and which nobody asked for again.
        Places.work(app).listFiles().orEmpty().filter { it.name != asks.job }.forEach { it.deleteRecursively() }
        val request = JobRequest(bundle, asks.bundle, asks.job, asks.only, Names.launch(), version(), commit = null)
        val best = File(app.filesDir, "best.json")
        val device = AndroidDevice(screen, Front(screen, Front.VISIBLE))
        JobDriver(request, jobs, Places.work(app), best, launcher, device, effort = effort)
            .run(listener::onProgress, listener::onSteps) { isCancelled }
    }

    private fun names(bundle: File): List<String> = Bundle.open(bundle).use { opened ->
        opened.content.job.runs.map { opened.content.artifacts[it.artifact].name }
    }

    private fun over(state: JobState, reason: String) = say(state, "", reason)

    private fun say(state: JobState, phase: String, reason: String?) {
        val bundle = if (Hashes.isSha256(asks.bundle)) asks.bundle else NO_HASH
        val at = Moment.text(System.currentTimeMillis())
        val progress = Progress(asks.job, bundle, state, 0, 0, phase, reason, at)
        try {
            Results(jobs, asks.job).write(progress)
        } catch (_: Refused) {
            // The disk takes nothing; the screen says at least what was to be written.
        }
        listener.onProgress(progress)
    }

    private fun version(): String = app.packageManager.getPackageInfo(app.packageName, 0).versionName ?: "0"

    private companion object {
        /** What progress.json says where no hash was given. */
        val NO_HASH = "0".repeat(64)
        const val MOMENT_MS = 500L

        /** The job of this process that began last; two would measure each other. */
        var latest: JobThread? = null
    }
}
