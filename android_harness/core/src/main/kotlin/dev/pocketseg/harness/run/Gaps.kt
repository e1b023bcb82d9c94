package dev.pocketseg.harness.run

/** Why figures are null in a record, by JSON pointer; docs/record.md, "Fields". */
internal class Gaps {
    private val found = LinkedHashMap<String, String>()

    /** Explain a value where it is null. */
    fun of(pointer: String, value: Any?, why: String) {
        if (value == null) found[pointer] = why
    }

    /** Explain what a device left out, by names below [start]. */
    fun below(start: String, reasons: Map<String, String>) {
        for ((name, why) in reasons) if (why.isNotEmpty()) found["$start/$name"] = why
    }

    fun all(): Map<String, String> = found
}
