package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.BundleFault
import dev.pocketseg.harness.core.BundleRefused
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.core.Refused
import dev.pocketseg.harness.core.Results
import dev.pocketseg.harness.core.StorageRefused
import java.io.File

/**
 * Runs a job: what docs/bundle.md, "What an app does", asks for, by the method of docs/method.md.
 *
 * It opens no runtime itself: each launch is a process of its own, and one that dies takes nothing along. A job that is
 * run again with its id goes on where it was; what has its record is not run again.
 *
 * [results]: the folder in which the job's folder lies or will lie. [work]: a private one for what launches ask and answer.
 * [best]: a file, kept from job to job.
 */
class JobDriver(
    private val request: JobRequest,
    results: File,
    work: File,
    private val best: File,
    private val launcher: Launcher,
    private val device: Device,
    private val clock: Clock = SystemClock,
    private val effort: JobEffort = JobEffort(),
) {
    private val results = Results(results, request.job)
    private val work = File(work, request.job)

    /**
     * Run it to its end; return its last state, which progress.json says, too.
     *
     * [listener] hears of each step, and [onSteps] before it which launch that is. [isCancelled] is asked before each launch and while it waits: then the job ends as
     * failed, and its finished records stay. Throws [StorageRefused] where not even the progress can be written.
     */
    fun run(
        listener: (Progress) -> Unit = {},
        onSteps: (Steps) -> Unit = {},
        isCancelled: () -> Boolean = { false },
    ): JobState {
        val said = Said(request, results, clock, listener, onSteps)
        said.now(0, "checking the bundle")
        val bundle = try {
            opened()
        } catch (error: Refused) {
            return said.over(JobState.REFUSED, error.message.orEmpty())
        }
        return bundle.use {
            said.runs = it.content.job.runs.size
            try {
                JobPlan(
                    request, it, results, work,
                    BestKept(
                        best,
                    ),
                    launcher, device, clock, effort, said, isCancelled,
                ).run()
                work.deleteRecursively()
                said.over(JobState.FINISHED, null)
            } catch (error: JobOver) {
                said.over(JobState.FAILED, error.message.orEmpty())
            } catch (error: Refused) {
                said.over(JobState.FAILED, error.message.orEmpty())
            }
        }
    }

    private fun opened(): Bundle {
        val bundle = Bundle.open(request.bundle)
        try {
            if (bundle.sha256 != request.sha256) {
                throw BundleRefused(BundleFault.FILE_HASH, "it is another bundle than was asked for")
            }
            bundle.verify()
        } catch (error: Refused) {
            bundle.close()
            throw error
        }
        return bundle
    }
}

/** The job ends before all runs have their records; the message says why. */
internal class JobOver(message: String) : Exception(message)
