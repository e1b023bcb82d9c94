package dev.pocketseg.harness.measure

import android.content.Intent
import android.os.Messenger
import dev.pocketseg.harness.backends.OnnxKernels
import java.io.File

/** What the launcher tells the process that it starts: what to read, where to answer, whom to report to. */
class TurnOrder(val request: File, val answer: File, val kernels: OnnxKernels, val launcher: Messenger?) {
    fun putInto(intent: Intent): Intent = intent
        .putExtra(REQUEST, request.path)
        .putExtra(ANSWER, answer.path)
        .putExtra(KERNELS, kernels.name)
        .putExtra(LAUNCHER, launcher)

    companion object {
        private const val REQUEST = "request"
        private const val ANSWER = "answer"
        private const val KERNELS = "kernels"
        private const val LAUNCHER = "launcher"

        /** Null for an intent that the launcher did not make. */
        fun of(intent: Intent?): TurnOrder? {
            val request = intent?.getStringExtra(REQUEST) ?: return null
            val answer = intent.getStringExtra(ANSWER) ?: return null
            val kernels = OnnxKernels.values().firstOrNull { it.name == intent.getStringExtra(KERNELS) }

            @Suppress("DEPRECATION") // its successor is of Android 13
            val launcher = intent.getParcelableExtra<Messenger>(LAUNCHER)
            return TurnOrder(File(request), File(answer), kernels ?: OnnxKernels.OWN, launcher)
        }
    }
}
