package dev.pocketseg.harness.core

import java.io.File
import java.io.IOException

/** Reads what a job said of itself last; docs/bundle.md, "Results". */
object ProgressReader {
    private const val MOST_BYTES = 1L shl 16

    /** What a job's folder says; null where it says nothing that can be read. */
    fun of(folder: File): Progress? {
        val file = File(folder, "progress.json")
        if (file.length() !in 1..MOST_BYTES) return null
        return try {
            (JsonReader.read(file.readBytes()) as? JsonObject)?.let(::parsed)
        } catch (_: IOException) {
            null // it was replaced or removed just now
        } catch (_: NotJson) {
            null
        }
    }

    /** All jobs below a folder that say something, the latest first; of one bundle, or of all. */
    fun all(root: File, bundle: String? = null): List<Progress> = root.listFiles().orEmpty()
        .filter { Hashes.isId(it.name) }
        .mapNotNull(::of)
        .filter { bundle == null || it.bundle == bundle }
        .sortedByDescending { it.at }

    private fun parsed(said: JsonObject): Progress? {
        val state = JobState.values().firstOrNull { it.code == said.textOrNull("state") } ?: return null
        return Progress(
            job = said.textOrNull("job")?.takeIf(Hashes::isId) ?: return null,
            bundle = said.textOrNull("bundle") ?: return null,
            state = state,
            run = count(said["run"]) ?: return null,
            runs = count(said["runs"]) ?: return null,
            phase = Texts.printable(said.textOrNull("phase").orEmpty()),
            reason = said.textOrNull("reason")?.let { Texts.printable(it) },
            at = said.textOrNull("at") ?: return null,
        )
    }

    private fun count(value: JsonValue?): Int? =
        (value as? JsonNumber)?.takeIf { it.isWhole }?.text?.toIntOrNull()?.takeIf { it >= 0 }
}
