package dev.pocketseg.harness.core

/** Why a figure is null in a record: what the caller says, and what holds of every phone or follows from the method. */
internal object RecordReasons {
    private const val SCORED_ELSEWHERE = "the computer that made the bundle scores the class maps"

    fun of(document: RecordDocument): Map<String, String> {
        val found = LinkedHashMap<String, String>()
        found["/device/python"] = "no Python drove it"
        found["/device/matrix_tiles"] = "phones have none"
        found["/quality"] = SCORED_ELSEWHERE
        if (document.runtime.desktopVersion == null) {
            found["/runtime/desktop_version"] = "the file's manifest does not say"
        }
        if (document.accelerator != null && document.accelerator.obtained == document.accelerator.asked) {
            found["/accelerator/fallback"] = "it is what was asked"
        }
        if (document.verdict == null) found["/verdict"] = document.reason
        document.statistics?.let { addStatistics(it, document.endToEnd, found) }
        found.putAll(document.unknown)
        return found.filterValues { it.isNotEmpty() }.mapValues { Texts.printable(it.value, LONGEST) }
    }

    private const val LONGEST = 4096

    private fun addStatistics(it: Statistics, passages: List<Passage>, found: MutableMap<String, String>) {
        val few = "there are too few turns"
        val fewRuns = "there are too few runs, or samples are means"
        val reasons = listOf(
            Triple("p50_ms", it.p50Ms, few),
            Triple("p50_low_ms", it.p50LowMs, few),
            Triple("p50_high_ms", it.p50HighMs, few),
            Triple("p50_all_ms", it.p50AllMs, few),
            Triple("p90_ms", it.p90Ms, fewRuns),
            Triple("p99_ms", it.p99Ms, fewRuns),
            Triple("cv", it.cv, fewRuns),
            Triple("drift", it.drift, few),
        )
        for ((name, value, reason) in reasons) if (value == null) found["/statistics/$name"] = reason
        if (passages.isEmpty()) found["/statistics/end_to_end_ms"] = "no whole passage was taken"
        for (name in listOf("miou", "miou_low", "miou_high", "iou")) found["/statistics/$name"] = SCORED_ELSEWHERE
    }
}
