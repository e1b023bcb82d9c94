package dev.pocketseg.harness.core

/** How far a job has come. */
enum class JobState(val code: String) {
    RUNNING("running"),
    FINISHED("finished"),
    REFUSED("refused"),
    FAILED("failed"),
}

/** What progress.json says; docs/bundle.md, "Results". [run]: the place in the job of what runs now, of [runs]. */
data class Progress(
    val job: String,
    val bundle: String,
    val state: JobState,
    val run: Int,
    val runs: Int,
    val phase: String,
    val reason: String?,
    val at: String,
) {
    /** Write it. */
    fun toJson(): String = JsonWriter.write(
        jsonObject(
            "schema_version" to "1.0",
            "job" to job,
            "bundle" to bundle,
            "state" to state.code,
            "run" to run,
            "runs" to runs,
            "phase" to Texts.printable(phase),
            "reason" to reason?.let { Texts.printable(it) },
            "at" to at,
        ),
    )
}
