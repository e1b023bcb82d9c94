package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.MemoryPart
import dev.pocketseg.harness.core.Passage
import dev.pocketseg.harness.core.Reading
import dev.pocketseg.harness.core.StatePart
import dev.pocketseg.harness.core.TurnDevice

/** How a launch came out, in the words of a record's status; docs/record.md. */
enum class AnswerStatus(val code: String) { OK("ok"), REFUSED("refused"), FAILED("failed") }

/** What a launch found out, as far as it came; null: it did not come to that, or was not asked. */
data class Answer(
    val status: AnswerStatus = AnswerStatus.OK,
    val reason: String = "",
    val isDebugBuild: Boolean = false,
    val hasDebugger: Boolean = false,
    val runtime: RuntimeFacts? = null,
    val session: SessionSeen? = null,
    val start: Seen? = null,
    val end: Seen? = null,
    val opened: Opened? = null,
    val memory: Weighed? = null,
    val turn: TurnTaken? = null,
    val checked: Checked? = null,
)

/** What a loaded file said of itself. */
class SessionSeen(val accelerator: AcceleratorPart, val threads: Int?)

/** How the device was, and by the field's name why what is null is null. */
class Seen(val state: StatePart, val unknown: Map<String, String>)

/** What loading took, the first run after it, and the untimed runs before the turn, that one among them. */
class Opened(val loadMs: Double, val firstMs: Double, val warmUpRuns: Int)

/** What memory the process had, and by the field's name why what is null is null. */
class Weighed(val part: MemoryPart, val unknown: Map<String, String>)

/**
 * One turn as its process saw it. [offsetMs]: since its task began. [unknown]: by the field's name (`cpu_ms`,
 * `device/cores`) why what is null is null.
 */
class TurnTaken(
    val offsetMs: Double,
    val before: Reading,
    val after: Reading,
    val wallMs: Double,
    val cpuMs: Double?,
    val waitedMs: Double?,
    val atMs: DoubleArray,
    val executeMs: DoubleArray,
    val device: TurnDevice,
    val unknown: Map<String, String>,
)

/** What came after the turn. [passages]: their times count from when the task began. [loadAgainMs]: null: see [why]. */
class Checked(val passages: List<Passage>, val loadAgainMs: Double?, val why: String)
