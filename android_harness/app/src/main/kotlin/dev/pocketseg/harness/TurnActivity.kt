package dev.pocketseg.harness

import android.app.Activity
import android.content.Context
import android.os.Bundle
import android.os.Process
import android.view.WindowManager
import dev.pocketseg.harness.backends.Backends
import dev.pocketseg.harness.device.AndroidDevice
import dev.pocketseg.harness.measure.Reports
import dev.pocketseg.harness.measure.TurnOrder
import dev.pocketseg.harness.run.Backend
import dev.pocketseg.harness.run.TurnEffort
import dev.pocketseg.harness.run.TurnTask

/**
 * One launch: one file in a process of its own, which ends with it.
 *
 * It can be seen through, so that the screen of the job stays below it and its process awake. What goes wrong here,
 * goes wrong for this file alone.
 */
class TurnActivity : Activity() {
    private var isBegun = false

    @Volatile
    private var isDone = false

    override fun onCreate(saved: Bundle?) {
        super.onCreate(saved)
        // What is touched is the screen below, on which the job can be cancelled.
        window.addFlags(
            WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON or WindowManager.LayoutParams.FLAG_NOT_TOUCHABLE,
        )
        if (saved == null) return
        // Android made it anew, long after its process had died: the job has gone on without it.
        isBegun = true
        finish()
    }

    /** Not before: only now is the process scheduled as one that a person looks at. */
    override fun onResume() {
        super.onResume()
        if (isBegun) return
        isBegun = true
        val order = TurnOrder.of(intent)
        if (order == null) {
            finish()
            return
        }
        Reports.began(order.launcher)
        deepThread("turn") { work(order) }.start()
    }

    private fun work(order: TurnOrder) {
        try {
            TurnTask.run(order.request, order.answer, backends(this, order), AndroidDevice(this), effort)
        } catch (_: Exception) {
            // There is no answer, which the job takes for what it is.
        }
        isDone = true
        Reports.done(order.launcher)
        runOnUiThread { finish() }
    }

    override fun onStop() {
        super.onStop()
        if (isBegun && !isDone) Reports.left(TurnOrder.of(intent)?.launcher)
    }

    /** Going back would end this file's process alone, as if the file had died: the job is cancelled below. */
    @Deprecated("What replaced it is newer than the oldest Android.")
    override fun onBackPressed() = Unit

    override fun onDestroy() {
        super.onDestroy()
        end()
    }

    companion object {
        /** The runtimes that a turn knows, and how long it works; tests put others in their place. */
        var backends: (Context, TurnOrder) -> List<Backend> = { context, order -> Backends.of(context, order.kernels) }
        var effort = TurnEffort()

        /** End the process, so that the next file finds nothing of this one. */
        var end: () -> Unit = { Process.killProcess(Process.myPid()) }
    }
}
