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
    listener: JobListener,
) : Thread("job") {
    @Volatile
    var isCancelled = false

    /** Whom it tells; a screen that Android makes anew takes the place of the one before, and hears the last word. */
    @Volatile
    var listener: JobListener = listener
        set(value) {
            field = value
            names?.let(value::onNames)
            steps?.let(value::onSteps)
            last?.let(value::onProgress)
        }

    /** Whether it has work to do: one that has said its last word ends within a moment. */
    val isBusy: Boolean get() = isAlive && last?.state.let { it == null || it == JobState.RUNNING }
    val job: String get() = asks.job

    @Volatile
    private var names: List<String>? = null

    @Volatile
    private var steps: Steps? = null

    @Volatile
    private var last: Progress? = null
    private val app = screen.applicationContext
    private val jobs = Places.jobs(app)

    override fun run() {
        try {
            val other = busyOther()
            if (other == null) work() else tell(other.refuse(asks))
        } catch (error: Refused) {
            over(JobState.FAILED, error.message.orEmpty())
        } catch (error: RuntimeException) {
            over(JobState.FAILED, "the app failed: ${error.javaClass.simpleName}: ${error.message}")
        }
    }

    /** The job that runs already; one that was cancelled is waited for, as its last file may still be at work. */
    private fun busyOther(): JobThread? {
        val earlier = synchronized(JobThread) {
            val found = latest
            found?.join(MOMENT_MS) // one that is over in all but name
            if (found != null && found.isAlive && !found.isCancelled) return found
            latest = this
            found
        }
        earlier?.join()
        return null
    }

    /** Refuse what is asked for beside this job; who asked looks in that job's folder, unless it is this one's. */
    fun refuse(other: Asks): Progress {
        val reason = "another job runs on this device; wait until it is over"
        val said = Progress(other.job, hashOf(other), JobState.REFUSED, 0, 0, "", reason, now())
        if (other.job != asks.job) write(said)
        return said
    }

    private fun work() {
        if (!Hashes.isSha256(asks.bundle)) return over(JobState.REFUSED, "a bundle's hash has 64 hex digits")
        say(JobState.RUNNING, "taking the bundle in", null)
        if (app.service<KeyguardManager>().isKeyguardLocked) {
            return over(JobState.REFUSED, "the screen is locked; unlock it and start again")
        }
        val bundle = try {
            Arrivals(Places.bundles(app), Places.PUSHED).kept(asks.bundle).also(::tellNames)
        } catch (error: Refused) {
            return over(JobState.REFUSED, error.message.orEmpty())
        }
        // Files that a job unpacked which was cancelled, or killed, and which nobody asked for again.
        Places.work(app).listFiles().orEmpty().filter { it.name != asks.job }.forEach { it.deleteRecursively() }
        val request = JobRequest(bundle, asks.bundle, asks.job, asks.only, Names.launch(), version(), commit = null)
        val best = File(app.filesDir, "best.json")
        val device = AndroidDevice(screen, Front(screen, Front.VISIBLE))
        JobDriver(request, jobs, Places.work(app), best, launcher, device, effort = effort)
            .run(::tell, ::tellSteps) { isCancelled }
    }

    private fun tell(progress: Progress) {
        last = progress
        listener.onProgress(progress)
    }

    private fun tellSteps(next: Steps) {
        steps = next
        listener.onSteps(next)
    }

    private fun tellNames(bundle: File) {
        val found = names(bundle)
        names = found
        listener.onNames(found)
    }

    private fun names(bundle: File): List<String> = Bundle.open(bundle).use { opened ->
        opened.content.job.runs.map { opened.content.artifacts[it.artifact].name }
    }

    private fun over(state: JobState, reason: String) = say(state, "", reason)

    private fun say(state: JobState, phase: String, reason: String?) {
        val progress = Progress(asks.job, hashOf(asks), state, 0, 0, phase, reason, now())
        write(progress)
        tell(progress)
    }

    private fun write(progress: Progress) {
        try {
            Results(jobs, progress.job).write(progress)
        } catch (_: Refused) {
            // The disk takes nothing; the screen says at least what was to be written.
        }
    }

    private fun hashOf(asked: Asks) = if (Hashes.isSha256(asked.bundle)) asked.bundle else NO_HASH

    private fun now() = Moment.text(System.currentTimeMillis())

    private fun version(): String = app.packageManager.getPackageInfo(app.packageName, 0).versionName ?: "0"

    companion object {
        /** What progress.json says where no hash was given. */
        private val NO_HASH = "0".repeat(64)
        private const val MOMENT_MS = 500L

        /** The job of this process that began last; two would measure each other. */
        @Volatile
        private var latest: JobThread? = null

        /** The job of this id that is at work in this process, whatever became of its screen. */
        fun running(job: String): JobThread? = latest?.takeIf { it.job == job && it.isBusy && !it.isCancelled }
    }
}
