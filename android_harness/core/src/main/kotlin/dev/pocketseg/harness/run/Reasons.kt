package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.Texts

/** Texts of runtimes and systems as a record's reasons: one line, of bounded length, files without their folders. */
object Reasons {
    private const val LONGEST = 300
    private val FOLDERS = Regex("(?<![\\w.:/])/(?:[^\\s/:\"'(),]+/)+")

    /** Make it one; never empty. */
    fun clean(text: String): String =
        Texts.printable(Texts.printable(text, 4 * LONGEST).replace(FOLDERS, "").trim(), LONGEST)
            .ifEmpty { "no reason was given" }
}
