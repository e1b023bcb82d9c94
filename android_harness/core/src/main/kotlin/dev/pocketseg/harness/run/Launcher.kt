package dev.pocketseg.harness.run

import java.io.File

/** Starts one fresh process for one launch: it runs [TurnTask.run] and ends itself. */
interface Launcher {
    /**
     * Start it, and return once it is gone or has left its answer.
     *
     * One that takes longer than [limitS] is ended here: [EndKind.HUNG].
     */
    fun launch(request: File, answer: File, limitS: Double): Ended
}

/** How a launch ended. */
enum class EndKind(val code: String) {
    ANSWERED("answered"),
    DIED("died"),
    HUNG("hung"),
    NOT_STARTED("not started"),
}

/** How a launch ended, and why in the system's words; empty where it answered, or the system has no word. */
data class Ended(val kind: EndKind, val reason: String) {
    /** Say it in a record's reason. */
    fun sentence(limitS: Double): String {
        val said = if (reason.isEmpty()) "" else ": $reason"
        return when (kind) {
            EndKind.ANSWERED -> "its process ended and left no answer$said"
            EndKind.DIED -> "its process died$said"
            EndKind.HUNG -> "it hung and was ended after ${limitS.toLong()} s$said"
            EndKind.NOT_STARTED -> "its process did not start$said"
        }
    }
}
