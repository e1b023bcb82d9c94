package dev.pocketseg.harness.measure

import android.content.ActivityNotFoundException
import android.content.Context
import android.content.Intent
import android.os.Process
import dev.pocketseg.harness.TurnActivity
import dev.pocketseg.harness.backends.OnnxKernels
import dev.pocketseg.harness.run.EndKind
import dev.pocketseg.harness.run.Ended
import dev.pocketseg.harness.run.Launcher
import java.io.File

/**
 * Starts [TurnActivity] in its process and waits for that to end.
 *
 * A visible Activity is what Android gives the fast cores to; a service gets the others. [context]: the Activity above
 * which it lies. [startS]: the longest that a start may take. [goneS]: that an end takes once the answer is there.
 */
class ActivityLauncher(
    private val context: Context,
    private val kernels: OnnxKernels = OnnxKernels.OWN,
    private val startS: Double = 30.0,
    private val goneS: Double = 10.0,
) : Launcher {
    override fun launch(request: File, answer: File, limitS: Double): Ended {
        val reports = Reports()
        val sinceMs = System.currentTimeMillis()
        val order = TurnOrder(request, answer, kernels, reports.messenger)
        try {
            context.startActivity(order.putInto(Intent(context, TurnActivity::class.java).addFlags(OWN_TASK)))
        } catch (error: ActivityNotFoundException) {
            return Ended(EndKind.NOT_STARTED, error.message.orEmpty())
        } catch (error: SecurityException) {
            return Ended(EndKind.NOT_STARTED, error.message.orEmpty())
        }
        if (!reports.waitForBegin(startS)) {
            reports.giveUp()
            return Ended(EndKind.NOT_STARTED, "it did not report within ${startS.toLong()} s; is the screen on?")
        }
        return if (reports.waitForWork(limitS)) over(reports, answer, sinceMs) else hung(reports, answer)
    }

    private fun over(reports: Reports, answer: File, sinceMs: Long): Ended {
        if (!reports.waitForEnd(goneS)) end(reports)
        if (answer.isFile) return Ended(EndKind.ANSWERED, "")
        val said = ExitReasons.of(context, reports.pid, sinceMs)
        return Ended(EndKind.DIED, if (reports.wasLeft) LEFT else said)
    }

    /** A process of the same user may be ended so, whatever it is stuck in. */
    private fun hung(reports: Reports, answer: File): Ended {
        end(reports)
        if (answer.isFile) return Ended(EndKind.ANSWERED, "")
        return Ended(EndKind.HUNG, if (reports.wasLeft) LEFT else "")
    }

    private fun end(reports: Reports) {
        Process.killProcess(reports.pid)
        reports.waitForEnd(goneS)
    }

    private companion object {
        /** With a process that crashes, Android ends its screen and the one below that in the same task: the job's. */
        const val OWN_TASK = Intent.FLAG_ACTIVITY_NEW_TASK or Intent.FLAG_ACTIVITY_MULTIPLE_TASK or
            Intent.FLAG_ACTIVITY_NO_ANIMATION

        /** Android ends it then, or lets it stand still, and the file is not to blame. */
        const val LEFT = "the app was left, or the screen went off, before it was done"
    }
}
