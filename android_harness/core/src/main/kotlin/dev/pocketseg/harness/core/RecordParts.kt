package dev.pocketseg.harness.core

// The parts of a record, typed; docs/record.md says what each field means. Null: not known.

/** `/run`. */
data class RunPart(val id: String, val place: Int, val files: Int, val startedAt: String, val seed: Long)

/** `/program`. */
data class ProgramPart(
    val name: String,
    val version: String,
    val commit: String?,
    val buildType: String,
    val hasDebugger: Boolean?,
    val launch: String,
)

/** `/runtime`. [desktopVersion]: of the same runtime on the computer that exported the file. */
data class RuntimePart(
    val name: String,
    val tool: String?,
    val version: String?,
    val threadsAsked: Int,
    val threads: Int?,
    val label: String = "",
    val desktopVersion: String? = null,
)

/** `/device`; never a serial number, a host's name or an address. */
data class DevicePart(
    val maker: String?,
    val model: String?,
    val soc: String?,
    val cpu: String?,
    val cpuFeatures: List<String>?,
    val cores: Int?,
    val memoryBytes: Long?,
    val os: String?,
    val machine: String?,
    val isSimulator: Boolean?,
)

/** `/accelerator`. */
data class AcceleratorPart(
    val asked: String,
    val obtained: String?,
    val nodes: Int?,
    val nodesDelegated: Int?,
    val fallback: String?,
    val arithmetic: Arithmetic?,
)

/** `/state/start` and `/state/end`. */
data class StatePart(
    val at: String,
    val power: String?,
    val batteryC: Double?,
    val thermal: String?,
    val isLowPower: Boolean?,
    val isForeground: Boolean?,
    val busyCores: Double?,
    val load1Min: Double?,
    val frequencyShare: Double?,
    val governor: String?,
)

/** `/load`. */
data class LoadPart(
    val coldMs: Double?,
    val warmMs: Double?,
    val firstInferenceMs: Double?,
    val coldMeans: String,
    val state: String?,
)

/** `/memory`. */
data class MemoryPart(
    val beforeBytes: Long?,
    val loadedBytes: Long?,
    val peakBytes: Long?,
    val runs: Int?,
    val metric: String?,
)

/** `/yardstick`. */
data class YardstickPart(val version: String, val best: Reading?, val reachedAt: String?)

/** One of `/end_to_end`. */
data class Passage(val atS: Double, val preMs: Double, val executeMs: Double, val postMs: Double)

/** What a run gave of a photo: the hash of its class map and its agreement with the golden one; null: none. */
data class PhotoResult(val mapSha256: String?, val agreement: Double?)

/** `/bundle`. */
data class BundlePart(
    val sha256: String,
    val job: String,
    val run: Int,
    val photos: List<BundlePhoto>,
    val results: List<PhotoResult>,
)
