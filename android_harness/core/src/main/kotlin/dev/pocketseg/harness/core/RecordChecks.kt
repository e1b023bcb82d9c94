package dev.pocketseg.harness.core

/** What a reader checks of a record beyond its schema; docs/record.md, below its fields. */
internal object RecordChecks {
    private const val MOST_RUNS = 1_000_000

    /** Throws [RecordRefused] for the first part that does not fit. */
    fun check(document: JsonObject) {
        checkRuns(document)
        (document["quality"] as? JsonObject)?.let(::checkQuality)
        checkStatus(document)
        unexplained(document, document.table("unknown").fields.keys)?.let {
            refuse(RecordFault.NULL, "$it is null, and `unknown` does not say why")
        }
    }

    private fun checkRuns(document: JsonObject) {
        val turns = document.tables("turns")
        var runs = 0L
        for (turn in turns) {
            val count = turn.items("execute_ms").size
            runs += count
            for (name in listOf("at_ms", "pre_ms", "post_ms")) {
                val samples = turn[name] as? JsonArray ?: continue
                if (samples.items.size != count) refuse(RecordFault.SAMPLES, "a turn has another number of $name")
            }
            checkCores(turn)
        }
        if (runs > MOST_RUNS) refuse(RecordFault.OUT_OF_BOUNDS, "it has more than $MOST_RUNS runs")
        val said = document["statistics"] as? JsonObject ?: return
        if (said.long("turns") != turns.size.toLong() || said.long("runs") != runs) {
            refuse(RecordFault.STATISTICS, "its statistics are of other runs than it has")
        }
    }

    private fun checkCores(turn: JsonObject) {
        val device = turn["device"] as? JsonObject ?: return
        val shares = device["frequency_share"] as? JsonArray ?: return
        if (shares.items.size != (device["cores"] as? JsonArray)?.items?.size) {
            refuse(RecordFault.SAMPLES, "a turn has frequencies of another number of cores than it was seen on")
        }
    }

    private fun checkQuality(quality: JsonObject) {
        val classes = quality.texts("classes")
        val isWhole = quality.tables("photos").all { photo ->
            val rows = photo.items("confusion")
            rows.size == classes.size && rows.all { (it as JsonArray).items.size == classes.size }
        }
        if (classes.toSet().size < classes.size || !isWhole) {
            refuse(RecordFault.CLASSES, "a class is there twice, or a matrix is not as large as its classes")
        }
    }

    private fun checkStatus(document: JsonObject) {
        val isOk = document.text("status") == "ok"
        val verdict = document.textOrNull("verdict")
        val hasResults = document.items("turns").isNotEmpty() || verdict != null
        if (isOk != document.text("reason").isEmpty() || (!isOk && hasResults)) {
            refuse(RecordFault.STATUS, "its status does not fit its reason, its turns or its verdict")
        }
        if ((verdict == "UNSTABLE" || verdict == "INVALID") != document.items("verdict_reasons").isNotEmpty()) {
            refuse(RecordFault.VERDICT, "its verdict does not fit its reasons")
        }
    }

    /** Give the pointer (RFC 6901) of a null without a reason; `*` stands for any place in a list. */
    private fun unexplained(document: JsonObject, reasons: Set<String>): String? {
        val starred = reasons.filter { '*' in it }.map { it.split('/') }
        return firstNull(document, emptyList()) { steps ->
            val exact = steps.joinToString("") { "/" + it.text }
            exact in reasons || starred.any { entry -> matches(entry, steps) }
        }
    }

    /** A step on the way to a value: the name of a field, written as a pointer has it, or a place in a list. */
    private class Step(val text: String, val isPlace: Boolean)

    private fun matches(entry: List<String>, steps: List<Step>): Boolean = entry.size == steps.size + 1 &&
        steps.indices.all { entry[it + 1] == steps[it].text || (entry[it + 1] == "*" && steps[it].isPlace) }
    private fun firstNull(value: JsonValue, steps: List<Step>, isExplained: (List<Step>) -> Boolean): String? =
        when (value) {
            is JsonNull -> if (isExplained(steps)) null else steps.joinToString("") { "/" + it.text }
            is JsonObject -> value.fields.entries.firstNotNullOfOrNull { (name, inside) ->
                firstNull(inside, steps + Step(name.replace("~", "~0").replace("/", "~1"), false), isExplained)
            }
            is JsonArray -> if (value.items.firstOrNull() is JsonNumber) {
                null
            } else {
                value.items.indices.firstNotNullOfOrNull {
                    firstNull(value.items[it], steps + Step(it.toString(), true), isExplained)
                }
            }
            else -> null
        }

    private fun refuse(fault: RecordFault, what: String): Nothing =
        throw RecordRefused(fault, "the record is damaged: $what")
}
