package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AtomicFile
import dev.pocketseg.harness.core.JsonWriter
import dev.pocketseg.harness.core.jsonObject
import java.io.File

/** What became of a launch, and when in the job it began: an answer, or a sentence that says why there is none. */
internal class Outcome(val beganS: Double, val answer: Answer?, val failure: String)

/**
 * A job's launches on the disk: what was asked, what was answered, or how it ended without.
 *
 * A job whose own process was killed takes up here what it had; only the launch that was under way is done again.
 */
internal class LaunchLog(private val folder: File) {
    fun request(key: String) = File(folder, "$key.request.json")

    fun answer(key: String) = File(folder, "$key.answer.json")

    private fun ended(key: String) = File(folder, "$key.ended.json")

    /** When a launch began, in the job's seconds; null where it did not. */
    fun beganS(key: String): Double? = beganS(request(key))

    /** What became of a launch; null where it is still to do. */
    fun outcome(key: String): Outcome? {
        val beganS = beganS(request(key)) ?: return null
        if (answer(key).isFile) return answered(key, beganS)
        if (!ended(key).isFile) return null
        val failure = try {
            Strict.read(ended(key), MOST_BYTES).text("failure")
        } catch (error: AnswerRefused) {
            return null
        }
        return Outcome(beganS, null, failure)
    }

    /** Ask: what an earlier try left is gone. */
    fun begin(request: LaunchRequest) {
        answer(request.key).delete()
        ended(request.key).delete()
        AtomicFile.write(request(request.key), request.toJson().toByteArray(Charsets.UTF_8))
    }

    /** Keep why there is no answer. */
    fun end(key: String, failure: String) = AtomicFile.write(
        ended(key),
        JsonWriter.write(jsonObject("failure" to Reasons.clean(failure))).toByteArray(Charsets.UTF_8),
    )

    /** When the last launch began, in the job's seconds: a job that goes on counts on from there. */
    fun lastBeganS(): Double = folder.listFiles().orEmpty().filter { it.name.endsWith(".request.json") }
        .mapNotNull(::beganS).maxOrNull() ?: 0.0

    private fun answered(key: String, beganS: Double): Outcome = try {
        Outcome(beganS, AnswerReader.read(answer(key)), "")
    } catch (error: AnswerRefused) {
        Outcome(beganS, null, "its process left a damaged answer: ${error.message}")
    }

    private fun beganS(request: File): Double? = try {
        if (request.isFile) LaunchRequest.read(request).beganS else null
    } catch (_: AnswerRefused) {
        null
    }

    private companion object {
        const val MOST_BYTES = 1L shl 16
    }
}
