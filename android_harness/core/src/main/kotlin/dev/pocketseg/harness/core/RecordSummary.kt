package dev.pocketseg.harness.core

/** What a table shows of a record; null: not known. Times in ms. */
class RecordSummary(
    val file: String,
    val status: String,
    val reason: String,
    val accelerator: String?,
    val obtained: String?,
    val threads: Int?,
    val p50Ms: Double?,
    val p50LowMs: Double?,
    val p50HighMs: Double?,
    val endToEndMs: Double?,
    val coldMs: Double?,
    val warmMs: Double?,
    val peakBytes: Long?,
    val undisturbedTurns: Int?,
    val turns: Int?,
    val golden: String?,
    val goldenReason: String,
    val leastAgreement: Double?,
    val verdict: VerdictKind?,
    val verdictReasons: List<String>,
    val runtime: String,
) {
    companion object {
        /** Of a document that [RecordReader] has read. */
        fun of(record: JsonObject): RecordSummary {
            val statistics = record.part("statistics")
            val load = record.part("load")
            val accelerator = record.part("accelerator")
            val golden = record.part("golden")
            val runtime = record.table("runtime")
            return RecordSummary(
                file = record.table("artifact").text("file"),
                status = record.text("status"),
                reason = record.text("reason"),
                accelerator = accelerator?.textOrNull("asked"),
                obtained = accelerator?.textOrNull("obtained"),
                threads = runtime.intOrNull("threads_asked"),
                p50Ms = statistics?.let { it.doubleOrNull("p50_ms") ?: it.doubleOrNull("p50_all_ms") },
                p50LowMs = statistics?.doubleOrNull("p50_low_ms"),
                p50HighMs = statistics?.doubleOrNull("p50_high_ms"),
                endToEndMs = statistics?.doubleOrNull("end_to_end_ms"),
                coldMs = load?.doubleOrNull("cold_ms"),
                warmMs = load?.doubleOrNull("warm_ms"),
                peakBytes = record.part("memory")?.doubleOrNull("peak_bytes")?.toLong(),
                undisturbedTurns = statistics?.intOrNull("undisturbed_turns"),
                turns = statistics?.intOrNull("turns"),
                golden = golden?.textOrNull("status"),
                goldenReason = golden?.textOrNull("reason").orEmpty(),
                leastAgreement = record.part("bundle")?.tables("photos")
                    ?.mapNotNull { it.doubleOrNull("agreement") }?.minOrNull(),
                verdict = VerdictKind.values().firstOrNull { it.name == record.textOrNull("verdict") },
                verdictReasons = record.texts("verdict_reasons"),
                runtime = listOfNotNull(runtime.text("name"), runtime.textOrNull("version")).joinToString(" "),
            )
        }

        private fun JsonObject.part(name: String): JsonObject? = this[name] as? JsonObject
    }
}
