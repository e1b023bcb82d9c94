package dev.pocketseg.harness.measure

import dev.pocketseg.harness.core.Hashes

/** The files of a job that are given out, by names that are ours alone: no other path leads anywhere. */
class RecordNames private constructor(val path: String, val type: String) {
    companion object {
        private const val MAPS = ".runs"
        private val RECORD = Regex("(0|[1-9][0-9]{0,5})\\.json")

        /** Read an address's parts: JOB, then `progress.json`, `N.json` or `maps`, `HASH.runs`; null for others. */
        fun of(parts: List<String>): RecordNames? {
            val job = parts.firstOrNull() ?: return null
            if (!Hashes.isId(job)) return null
            return when (parts.size) {
                2 -> if (parts[1] == "progress.json" || RECORD.matches(parts[1])) {
                    RecordNames("$job/${parts[1]}", "application/json")
                } else {
                    null
                }
                3 -> if (parts[1] == "maps" && isMap(parts[2])) {
                    RecordNames("$job/maps/${parts[2]}", "application/octet-stream")
                } else {
                    null
                }
                else -> null
            }
        }

        private fun isMap(name: String) = name.endsWith(MAPS) && Hashes.isSha256(name.removeSuffix(MAPS))
    }
}
