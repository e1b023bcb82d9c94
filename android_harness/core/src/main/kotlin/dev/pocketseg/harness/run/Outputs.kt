package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.RawOutput

/** A run's outputs, of which there is at least one. */
internal object Outputs {
    /** Run. Throws [WrongOutput] where a runtime gives none, as one does that was given no input. */
    fun of(session: Session): List<RawOutput> {
        val found = session.run()
        if (found.isEmpty()) throw WrongOutput("the runtime gave no output")
        return found
    }
}
