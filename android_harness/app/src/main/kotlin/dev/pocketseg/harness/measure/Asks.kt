package dev.pocketseg.harness.measure

import android.content.Intent
import dev.pocketseg.harness.backends.OnnxKernels
import dev.pocketseg.harness.core.Hashes

/**
 * What a job is started with: by the app's own screens, or by a computer's shell.
 *
 * [bundle]: as it was given, which may be no hash; [job] is an id. [only]: places of the runs that are wanted; null: all.
 */
class Asks(val bundle: String, val job: String, val only: Set<Int>?, val kernels: OnnxKernels) {
    companion object {
        const val BUNDLE = "bundle"
        const val JOB = "job"
        const val ONLY = "only"

        /** `own` or `xnnpack`: which of ONNX Runtime's kernels a run by the processor takes. */
        const val KERNELS = "onnx_kernels"

        /** Null where there is no job that anything could be said of. */
        fun of(intent: Intent?): Asks? {
            val job = intent?.getStringExtra(JOB) ?: return null
            if (!Hashes.isId(job)) return null
            val said = intent.getStringExtra(KERNELS).orEmpty()
            val kernels = OnnxKernels.values().firstOrNull { it.name.equals(said, ignoreCase = true) }
            return Asks(
                intent.getStringExtra(BUNDLE).orEmpty(),
                job,
                intent.getIntArrayExtra(ONLY)?.toSet(),
                kernels ?: OnnxKernels.OWN,
            )
        }
    }
}
