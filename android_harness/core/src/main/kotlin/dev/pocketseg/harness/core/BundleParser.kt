package dev.pocketseg.harness.core

/** Makes the typed [BundleContent] of a bundle.json that its schema has been held against. */
internal object BundleParser {
    fun parse(document: JsonObject) = BundleContent(
        name = document.text("name"),
        job = job(document.table("job")),
        data = document.table("data").run { DataSet(text("name"), text("split"), text("hash")) },
        classes = document.texts("classes"),
        colorsRgb = document.colors("colors_rgb"),
        artifacts = document.tables("artifacts").map(::artifact),
        inputs = document.tables("inputs").map {
            BundleInput(it.text("file"), it.int("height_px"), it.int("width_px"))
        },
        networks = document.items("networks").size,
        photos = document.tables("photos").map(::photo),
        golden = document.tables("golden").map(::golden),
        files = files(document.tables("files")),
    )

    private fun job(job: JsonObject): Job {
        val limits = job.table("limits")
        return Job(
            runs = job.tables("runs").map { AskedRun(it.int("artifact"), it.text("accelerator"), it.int("threads")) },
            seed = job.long("seed"),
            passes = job.int("passes"),
            runLimitS = limits.int("run_s"),
            totalLimitS = limits.int("total_s"),
            maxTempC = limits.doubleOrNull("max_temp_c"),
        )
    }

    private fun artifact(one: JsonObject) = BundleArtifact(
        name = one.text("name"),
        file = one.text("file"),
        manifest = one.text("manifest"),
        target = one.text("target"),
        runtime = one.text("runtime"),
        sha256 = one.text("sha256"),
        sizeBytes = one.long("size_bytes"),
        heightPx = one.int("height_px"),
        widthPx = one.int("width_px"),
        input = one.int("input"),
        network = one.intOrNull("network"),
    )

    private fun photo(one: JsonObject) = BundlePhoto(
        file = one.text("file"),
        originalSha256 = one.text("original_sha256"),
        bundledSha256 = one.text("bundled_sha256"),
        heightPx = one.int("height_px"),
        widthPx = one.int("width_px"),
        label = one.textOrNull("label"),
        labelSha256 = one.textOrNull("label_sha256"),
    )

    private fun golden(one: JsonObject) = GoldenMaps(
        maps = one.texts("maps"),
        networkMaps = if (one["network_maps"] is JsonNull) null else one.texts("network_maps"),
        leastNetworkAgreement = one.double("least_network_agreement"),
        arithmetic = Arithmetic.named(one.text("arithmetic"))!!,
        allowed = Arithmetic.values().associateWith { one.table("allowed").doubles(it.code) },
    )

    private fun files(listed: List<JsonObject>): Map<String, ListedFile> {
        val found = LinkedHashMap<String, ListedFile>()
        var before: String? = null
        for (one in listed) {
            val name = one.text("name")
            if (before != null && name <= before) {
                throw BundleRefused(BundleFault.NOT_SORTED, "bundle.json lists $name after $before")
            }
            before = name
            found[name] = ListedFile(name, one.text("sha256"), one.long("size_bytes"))
        }
        return found
    }
}
