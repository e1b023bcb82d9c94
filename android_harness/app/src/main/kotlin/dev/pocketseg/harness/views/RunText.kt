package dev.pocketseg.harness.views

import android.content.Context
import dev.pocketseg.harness.R

/** What runs a file, in words: CPU, 4 threads. */
object RunText {
    /** [threads]: 0 where the runtime chooses, null where it is not known. */
    fun of(context: Context, accelerator: String?, threads: Int?): String {
        val name = when (accelerator) {
            "cpu" -> "CPU"
            "gpu" -> "GPU"
            "npu" -> "NPU"
            null -> context.getString(R.string.not_known)
            else -> accelerator
        }
        if (accelerator != "cpu" || threads == null || threads < 1) return name
        return context.resources.getQuantityString(R.plurals.run_threads, threads, name, threads)
    }
}
