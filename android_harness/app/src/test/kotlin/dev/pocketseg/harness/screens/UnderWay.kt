package dev.pocketseg.harness.screens

import dev.pocketseg.harness.Places
import dev.pocketseg.harness.RunActivity
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.ProgressReader
import dev.pocketseg.harness.run.EndKind
import dev.pocketseg.harness.run.Ended
import dev.pocketseg.harness.run.JobEffort
import dev.pocketseg.harness.run.Launcher
import java.io.Closeable
import java.io.File
import java.util.concurrent.CountDownLatch

/** The screen of a job of the kept sample whose first file dies, and whose second is under way until this is closed. */
class UnderWay(hash: String) : Closeable {
    private val launcher = RunActivity.launcher
    private val effort = RunActivity.effort
    private val isAtSecond = CountDownLatch(1)
    private val isClosed = CountDownLatch(1)
    private val folder = File(Places.jobs(Screens.app), JOB)

    private val controller = run {
        RunActivity.effort = JobEffort(ceilingS = 0.0, furtherFileS = 0.0)
        RunActivity.launcher = { _, _ -> Second() }
        Screens.open(RunActivity::class.java, RunActivity.intent(Screens.app, hash, JOB, null))
    }
    val activity: RunActivity = controller.get()

    init {
        await { isAtSecond.count == 0L }
        Screens.settle()
    }

    override fun close() {
        controller.pause().stop().destroy()
        isClosed.countDown()
        await { ProgressReader.of(folder)?.state != JobState.RUNNING }
        RunActivity.launcher = launcher
        RunActivity.effort = effort
    }

    private fun await(isThere: () -> Boolean) {
        val end = System.nanoTime() + 60_000_000_000
        while (!isThere()) {
            check(System.nanoTime() < end) { "the job says ${ProgressReader.of(folder)}" }
            Screens.settle()
        }
    }

    private inner class Second : Launcher {
        private var launches = 0

        override fun launch(request: File, answer: File, limitS: Double): Ended {
            if (++launches > 1) {
                isAtSecond.countDown()
                isClosed.await()
            }
            return Ended(EndKind.DIED, "signal 11 (SIGSEGV)")
        }
    }

    private companion object {
        const val JOB = "00112233445566778899aabbccddeeff"
    }
}
