package dev.pocketseg.harness.core

/** What a reader checks of a bundle.json beyond its schema: how its parts must fit each other; docs/bundle.md. */
internal object BundleChecks {
    private const val MOST_PIXELS = 100_000_000L

    /** Throws [BundleRefused] for the first part that does not fit. */
    fun check(content: BundleContent) {
        checkNames(content)
        checkClasses(content)
        content.photos.forEach { checkPhoto(it, content.files) }
        content.inputs.forEach { checkInput(it, content) }
        content.artifacts.forEach { checkArtifact(it, content) }
        checkRuns(content)
        checkGolden(content)
    }

    private fun checkNames(content: BundleContent) {
        val names = content.files.keys
        names.firstOrNull { ArchiveNames.fault(it) != null }?.let { refuse(BundleFault.NAME, "$it may be no name") }
        if (ArchiveNames.hasTwins(names + Bundle.NAME)) refuse(BundleFault.SAME_NAME, "two of its names are one")
        val lost = content.artifacts.firstOrNull { it.files(names).isEmpty() }
        val named = named(content)
        named.firstOrNull { it !in names }?.let {
            if (lost != null) refuse(BundleFault.ARTIFACT, "${lost.file} is not among its files")
            refuse(BundleFault.NOT_LISTED, "$it is named and not among its files")
        }
        names.firstOrNull { name -> name !in named && content.artifacts.none { name.startsWith("${it.file}/") } }?.let {
            if (lost != null) refuse(BundleFault.ARTIFACT, "${lost.file} is not among its files")
            refuse(BundleFault.NOT_NAMED, "$it is among its files and nothing names it")
        }
        if (lost != null) refuse(BundleFault.ARTIFACT, "${lost.file} is not among its files")
    }

    private fun named(content: BundleContent): Set<String> {
        val found = HashSet<String>()
        for (one in content.artifacts) {
            found.add(one.manifest)
            if (one.file in content.files) found.add(one.file)
        }
        content.inputs.mapTo(found) { it.file }
        content.photos.mapTo(found) { it.file }
        content.photos.mapNotNullTo(found) { it.label }
        for (one in content.golden) {
            found.addAll(one.maps)
            found.addAll(one.networkMaps.orEmpty())
        }
        return found
    }

    private fun checkClasses(content: BundleContent) {
        if (content.classes.toSet().size < content.classes.size || content.classes.size != content.colorsRgb.size) {
            refuse(BundleFault.CLASSES, "a class is there twice, or there are not as many colours as classes")
        }
    }

    private fun checkPhoto(photo: BundlePhoto, files: Map<String, ListedFile>) {
        val isTooLarge = photo.heightPx.toLong() * photo.widthPx > MOST_PIXELS
        val isOther = files.getValue(photo.file).sha256 != photo.bundledSha256
        if (isTooLarge || isOther || (photo.label == null) != (photo.labelSha256 == null)) {
            refuse(BundleFault.PHOTO, "${photo.file} is too large, of another hash, or has a label without its hash")
        }
    }

    private fun checkInput(input: BundleInput, content: BundleContent) {
        val wanted = 3L * content.photos.size * input.heightPx * input.widthPx
        if (content.files.getValue(input.file).sizeBytes != wanted) {
            refuse(BundleFault.INPUT_SIZE, "${input.file} does not hold the $wanted bytes of its photos")
        }
    }

    private fun checkArtifact(one: BundleArtifact, content: BundleContent) {
        val input = content.inputs.getOrNull(one.input)
        if (input == null || (one.network != null && one.network >= content.networks)) {
            refuse(BundleFault.PLACE, "${one.name} names an input or a network that there is not")
        }
        if (input.heightPx != one.heightPx || input.widthPx != one.widthPx) {
            refuse(BundleFault.SIZES_DIFFER, "${one.name} and ${input.file} are of two sizes")
        }
        val own = one.files(content.files.keys).map(content.files::getValue)
        val isPlain = own.first().name == one.file
        if (own.sumOf { it.sizeBytes } != one.sizeBytes || (isPlain && own.first().sha256 != one.sha256)) {
            refuse(BundleFault.ARTIFACT, "${one.file} is listed with another size or hash")
        }
    }

    private fun checkRuns(content: BundleContent) {
        val runs = content.job.runs
        if (runs.any { it.artifact >= content.artifacts.size }) {
            refuse(BundleFault.PLACE, "a run names an artifact that there is not")
        }
        if (runs.toSet().size < runs.size) refuse(BundleFault.RUN_TWICE, "its job has the same run twice")
    }

    private fun checkGolden(content: BundleContent) {
        val photos = content.photos.size
        if (content.golden.size != content.artifacts.size) refuse(BundleFault.COUNTS, "golden maps lack a file")
        for ((golden, artifact) in content.golden.zip(content.artifacts)) {
            val counts = golden.allowed.values.map { it.size } + golden.maps.size +
                listOfNotNull(golden.networkMaps?.size)
            if (counts.any { it != photos }) refuse(BundleFault.COUNTS, "golden maps are not of each photo")
            if ((golden.networkMaps == null) != (artifact.network == null)) {
                refuse(BundleFault.NETWORK_MAPS, "${artifact.name} has network_maps or a network, and not both")
            }
        }
    }

    private fun refuse(fault: BundleFault, what: String): Nothing =
        throw BundleRefused(fault, "the bundle is damaged: $what")
}
