package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.MemoryPart

/** Three looks at a process's memory as a record's part. */
internal object Weighing {
    fun of(before: Known<Long>, loaded: Known<Long>, peak: Known<Long>, runs: Int, metric: String): Weighed {
        val looks = listOf("before_bytes" to before, "loaded_bytes" to loaded, "peak_bytes" to peak)
        return Weighed(
            MemoryPart(before.value, loaded.value, peak.value, runs, metric),
            looks.mapNotNull { (name, look) -> look.why?.let { name to it } }.toMap(),
        )
    }
}
