package dev.pocketseg.harness.core

/** What a bundle.json says, typed; docs/bundle.md has the fields. Names of fields are those of the page. */
data class BundleContent(
    val name: String,
    val job: Job,
    val data: DataSet,
    val classes: List<String>,
    val colorsRgb: List<List<Int>>,
    val artifacts: List<BundleArtifact>,
    val inputs: List<BundleInput>,
    val networks: Int,
    val photos: List<BundlePhoto>,
    val golden: List<GoldenMaps>,
    val files: Map<String, ListedFile>,
)

/** What is to be run, and how long it may take. */
data class Job(
    val runs: List<AskedRun>,
    val seed: Long,
    val passes: Int,
    val runLimitS: Int,
    val totalLimitS: Int,
    val maxTempC: Double?,
)

/** One run of the job: it gives one record. */
data class AskedRun(val artifact: Int, val accelerator: String, val threads: Int)

/** The photos' data set. */
data class DataSet(val name: String, val split: String, val hash: String)

/** A file to run; [file] may be a package's folder. */
data class BundleArtifact(
    val name: String,
    val file: String,
    val manifest: String,
    val target: String,
    val runtime: String,
    val sha256: String,
    val sizeBytes: Long,
    val heightPx: Int,
    val widthPx: Int,
    val input: Int,
    val network: Int?,
) {
    /** The names of its files among [listed]: its own, or those of its package. */
    fun files(listed: Collection<String>): List<String> =
        if (file in listed) listOf(file) else listed.filter { it.startsWith("$file/") }
}

/** All photos at one input size. */
data class BundleInput(val file: String, val heightPx: Int, val widthPx: Int)

/** A photo, its size once it stands upright. */
data class BundlePhoto(
    val file: String,
    val originalSha256: String,
    val bundledSha256: String,
    val heightPx: Int,
    val widthPx: Int,
    val label: String?,
    val labelSha256: String?,
)

/** What an artifact gave on the computer, photo by photo. [allowed]: shares of pixels that may differ, by arithmetic. */
data class GoldenMaps(
    val maps: List<String>,
    val networkMaps: List<String>?,
    val leastNetworkAgreement: Double,
    val arithmetic: Arithmetic,
    val allowed: Map<Arithmetic, DoubleArray>,
)

/** A file of the bundle. */
data class ListedFile(val name: String, val sha256: String, val sizeBytes: Long)
