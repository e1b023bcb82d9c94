package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.JsonWriter
import dev.pocketseg.harness.core.jsonObject
import java.io.File

/** What a launch is for. Memory is looked at in a launch of its own, and outputs in the last one. */
enum class LaunchKind(val code: String) { MEMORY("memory"), TURN("turn"), FINAL("final") }

/** What a process is asked to do: a file of the bundle, and where what it needs lies and what it makes goes. */
data class LaunchRequest(
    val kind: LaunchKind,
    val run: Int,
    val number: Int,
    val bundle: File,
    val artifact: Int,
    val file: File,
    val accelerator: String,
    val threads: Int,
    val photo: File,
    val maps: File,
    val beganS: Double,
) {
    /** What its files are called, which is what it is: so a job that is started again finds them. */
    val key: String get() = key(run, kind, number)

    /** Write it. */
    fun toJson(): String = JsonWriter.write(
        jsonObject(
            "kind" to kind.code,
            "run" to run,
            "number" to number,
            "bundle" to bundle.path,
            "artifact" to artifact,
            "file" to file.path,
            "accelerator" to accelerator,
            "threads" to threads,
            "photo" to photo.path,
            "maps" to maps.path,
            "began_s" to beganS,
        ),
    )

    companion object {
        private const val MOST_BYTES = 1L shl 16
        private const val MOST_S = 1e7

        fun key(run: Int, kind: LaunchKind, number: Int): String =
            if (kind == LaunchKind.TURN) "$run-turn-$number" else "$run-${kind.code}"

        /** Read one. Throws [AnswerRefused]. */
        fun read(from: File): LaunchRequest {
            val said = Strict.read(from, MOST_BYTES)
            return LaunchRequest(
                kind = said.oneOf("kind", LaunchKind.values()) { it.code },
                run = said.whole("run", 1_000_000).toInt(),
                number = said.whole("number", 1_000_000).toInt(),
                bundle = File(said.text("bundle", LONGEST_PATH)),
                artifact = said.whole("artifact", 1_000_000).toInt(),
                file = File(said.text("file", LONGEST_PATH)),
                accelerator = said.text("accelerator"),
                threads = said.whole("threads", 64).toInt(),
                photo = File(said.text("photo", LONGEST_PATH)),
                maps = File(said.text("maps", LONGEST_PATH)),
                beganS = said.number("began_s", 0.0, MOST_S),
            )
        }

        private const val LONGEST_PATH = 4096
    }
}
