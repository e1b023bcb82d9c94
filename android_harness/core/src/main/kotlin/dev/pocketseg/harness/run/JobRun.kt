package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AskedRun
import dev.pocketseg.harness.core.Turn

/** One run of the job, and what is known of it so far. [isRecorded]: its record is there from an earlier start. */
internal class JobRun(val place: Int, val asked: AskedRun, val isRecorded: Boolean) {
    /** What its launches answered, in order, with the pass of each; the first is that of memory. */
    val answers = ArrayList<Answer>()
    val turns = ArrayList<Turn>()
    val turnUnknown = LinkedHashMap<String, String>()
    var status = AnswerStatus.OK
        private set
    var reason = ""
        private set

    /** When its last launch began, in seconds since the job did. */
    var lastBeganS = 0.0
        private set

    val isLive: Boolean get() = status == AnswerStatus.OK
    val threads: Int get() = answers.firstNotNullOfOrNull { it.session?.threads } ?: asked.threads

    /** Take what a launch gave. [firstPassS]: when the first pass began. Where it fails, the run drops out. */
    fun take(outcome: Outcome, kind: LaunchKind, number: Int, firstPassS: Double) {
        lastBeganS = outcome.beganS
        val answer = outcome.answer
        if (answer != null) answers.add(answer)
        when {
            answer == null -> drop(AnswerStatus.FAILED, outcome.failure, kind, number)
            answer.status == AnswerStatus.REFUSED -> drop(answer.status, answer.reason, null, number)
            answer.status == AnswerStatus.FAILED -> drop(answer.status, answer.reason, kind, number)
            !hasWhatWasAsked(answer, kind) ->
                drop(AnswerStatus.FAILED, "its process left an answer to something else", kind, number)
            else -> answer.turn?.let { addTurn(it, outcome.beganS - firstPassS, number) }
        }
    }

    /** Give it up. */
    fun drop(status: AnswerStatus, reason: String) {
        this.status = status
        this.reason = Reasons.clean(reason)
    }

    private fun drop(status: AnswerStatus, reason: String, kind: LaunchKind?, number: Int) {
        val during = when (kind) {
            null -> ""
            LaunchKind.MEMORY -> "when its memory was looked at: "
            LaunchKind.TURN -> "in pass ${number + 1}: "
            LaunchKind.FINAL -> "in its last turn, when its output was looked at: "
        }
        drop(status, during + reason)
    }

    private fun hasWhatWasAsked(answer: Answer, kind: LaunchKind): Boolean {
        val isWhole = answer.runtime != null && answer.session != null && answer.opened != null &&
            answer.start != null && answer.end != null
        return isWhole && (answer.memory != null) == (kind == LaunchKind.MEMORY) &&
            (answer.turn != null) == (kind != LaunchKind.MEMORY) &&
            (answer.checked != null) == (kind == LaunchKind.FINAL)
    }

    private fun addTurn(it: TurnTaken, startedS: Double, number: Int) {
        turnUnknown.putAll(it.unknown)
        turns.add(
            Turn(
                number = number,
                startedS = maxOf(0.0, startedS) + it.offsetMs / 1e3,
                before = it.before,
                after = it.after,
                wallMs = it.wallMs,
                cpuMs = it.cpuMs,
                waitedMs = it.waitedMs,
                othersMs = null,
                stolenMs = null,
                switches = null,
                atMs = it.atMs,
                executeMs = it.executeMs,
                device = it.device,
            ),
        )
    }
}
