package dev.pocketseg.harness.real

import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.measure.JobOnJvm.Companion.text

/** On how many of all pixels a phone's runtime must agree with the desktop's; android_harness/README.md has what it does. */
object Found {
    /** Equal where the arithmetic is in integers, or the version the desktop's own; else all but a rounding. */
    fun least(record: JsonObject): Double {
        val runtime = text(record, "runtime", "name")
        val isInteger = text(record, "artifact", "precision") == "w8a8"
        val isTopformer = text(record, "artifact", "model") == "topformer_tiny"
        return when {
            runtime == "ort" || (isInteger && runtime == "executorch") -> 1.0
            !isInteger -> 0.9999
            !isTopformer -> if (runtime == "litert") 1.0 else 0.999
            else -> if (runtime == "litert") 0.998 else 0.999
        }
    }

    /** The golden check's word: it sees that this version rounds operations outside XNNPACK otherwise than the desktop's. */
    fun golden(record: JsonObject): String {
        val isOther = text(record, "artifact", "model") == "topformer_tiny" &&
            text(record, "artifact", "precision") == "w8a8" && text(record, "runtime", "name") == "litert"
        return if (isOther && Runtimes.areReal) "failed" else "passed"
    }
}
