package dev.pocketseg.harness.measure

import android.app.Application
import android.os.Looper
import dev.pocketseg.harness.RunActivity
import dev.pocketseg.harness.TurnActivity
import dev.pocketseg.harness.run.JobEffort
import dev.pocketseg.harness.run.TurnEffort
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController

/** Both processes of a job in this one: what the job's screen starts is built here, and nothing ends this JVM. */
class OneJvm(private val app: Application) {
    private val launcher = RunActivity.launcher
    private val jobEffort = RunActivity.effort
    private val end = TurnActivity.end
    private val turnEffort = TurnActivity.effort
    var launches = 0
        private set

    fun begin() {
        RunActivity.launcher = { screen, asks -> ActivityLauncher(screen, asks.kernels, startS = 120.0, goneS = 0.0) }
        RunActivity.effort = JobEffort(leastPasses = 2, ceilingS = 0.0, furtherFileS = 0.0)
        TurnActivity.effort = TurnEffort(sampleMs = 5.0, warmUpMs = 5.0)
        TurnActivity.end = {}
    }

    fun restore() {
        RunActivity.launcher = launcher
        RunActivity.effort = jobEffort
        TurnActivity.end = end
        TurnActivity.effort = turnEffort
    }

    /** Let a job's screen run until [isOver]. */
    fun pump(limitS: Long, isOver: () -> Boolean) {
        val startNs = System.nanoTime()
        while (!isOver()) {
            check(System.nanoTime() - startNs < limitS * 1_000_000_000) { "the job went on for $limitS s" }
            shadowOf(Looper.getMainLooper()).idle()
            val next = shadowOf(app).nextStartedActivity
            if (next?.component?.className == TurnActivity::class.java.name) {
                launches++
                val turn: ActivityController<TurnActivity> = Robolectric.buildActivity(TurnActivity::class.java, next)
                turn.create().start().resume()
            }
            Thread.sleep(2)
        }
    }
}
