package dev.pocketseg.harness.core

/** Reads a manifest.json, and checks what its schema and conformance/README.md ask for. */
object ManifestReader {
    private const val VERSION = 2.0
    private const val MOST_BYTES = 16 shl 20
    private const val MOST_ELEMENTS = 1L shl 28

    /** Read a manifest. Throws [ManifestRefused]. */
    fun read(data: ByteArray): Manifest {
        if (data.size > MOST_BYTES) refuse(ManifestFault.OUT_OF_BOUNDS, "it is larger than $MOST_BYTES bytes")
        val document = try {
            JsonReader.read(data)
        } catch (error: NotJson) {
            throw ManifestRefused(ManifestFault.NOT_JSON, "the manifest is damaged: ${error.message}")
        }
        val version = (document as? JsonObject)?.get("schema_version")
        if (version != null && version != jsonOf(VERSION)) {
            refuse(ManifestFault.OTHER_VERSION, "its schema_version is not 2")
        }
        Schema.MANIFEST.fault(document)?.let { refuse(faultOf(it), "${it.where} is ${it.keyword}") }
        if (!document.isFinite()) refuse(ManifestFault.OUT_OF_BOUNDS, "a number is beyond what a number can hold")
        val golden = (document as JsonObject)["golden"] as? JsonObject
        return parse(document).also { check(it, golden) }
    }

    internal fun tensor(one: JsonObject) = TensorSpec(
        name = one.text("name"),
        shape = one.items("shape").map { (it as JsonNumber).toLong().toInt() },
        layout = one.text("layout"),
        dtype = one.text("dtype"),
        scale = one.doubleOrNull("scale"),
        zeroPoint = (one["zero_point"] as? JsonNumber)?.toLong(),
    )

    private fun parse(document: JsonObject) = Manifest(
        target = document.text("target"),
        model = document.text("model"),
        recipe = document.text("recipe"),
        precision = document.text("precision"),
        output = document.text("output"),
        file = document.text("file"),
        sha256 = document.text("sha256"),
        sizeBytes = document.long("size_bytes"),
        inputHeightPx = document.int("input_height_px"),
        inputWidthPx = document.int("input_width_px"),
        inputs = document.tables("inputs").map(::tensor),
        outputs = document.tables("outputs").map(::tensor),
        classes = document.texts("classes"),
        colorsRgb = document.colors("colors_rgb"),
        checkpointSha256 = document.text("checkpoint_sha256"),
        splitHash = document.text("split_hash"),
    )

    private fun faultOf(found: SchemaFault): ManifestFault {
        val first = found.path.firstOrNull()
        val text = (found.value as? JsonText)?.text
        return when {
            found.keyword == "pattern" && text != null && !(Texts.prints(text) && '\uFEFF' !in text) ->
                ManifestFault.DOES_NOT_PRINT
            first == "file" && found.keyword in setOf("pattern", "minLength") -> ManifestFault.FILE_NAME
            first == "classes" && found.keyword in setOf("uniqueItems", "minItems", "minLength") ->
                ManifestFault.CLASSES
            found.keyword == "required" || found.keyword == "anyOf" -> ManifestFault.MISSING
            found.keyword == "additionalProperties" -> ManifestFault.UNKNOWN_ENTRY
            found.keyword == "type" -> ManifestFault.WRONG_TYPE
            found.keyword in setOf("pattern", "enum", "const") -> ManifestFault.BAD_VALUE
            else -> ManifestFault.OUT_OF_BOUNDS
        }
    }

    private fun check(found: Manifest, golden: JsonObject?) {
        if ((found.inputs + found.outputs).any { elements(it.shape) > MOST_ELEMENTS }) {
            refuse(ManifestFault.OUT_OF_BOUNDS, "a tensor is too large")
        }
        if (found.colorsRgb.size != found.classes.size) {
            refuse(ManifestFault.COLOURS_NOT_CLASSES, "it has ${found.colorsRgb.size} colours for its classes")
        }
        val size = listOf(found.inputHeightPx, found.inputWidthPx)
        if (found.inputs.any { spec -> Layout.of(spec)?.let { listOf(it.heightPx, it.widthPx) != size } ?: false }) {
            refuse(ManifestFault.SIZES_DIFFER, "an input is not of input_height_px and input_width_px")
        }
        val channels = Layout.of(found.outputs[0])?.channels
        if (found.output == "logits" && channels != null && channels != found.classes.size) {
            refuse(ManifestFault.CLASSES_NOT_CHANNELS, "its output has $channels channels for its classes")
        }
        if (golden != null && golden.fields.isNotEmpty() &&
            golden.items("output_indices").size != golden.items("output_values").size
        ) {
            refuse(ManifestFault.GOLDEN, "golden values are not as many as their places")
        }
    }

    private fun elements(shape: List<Int>): Long {
        var count = 1L
        for (side in shape) {
            count *= side
            if (count > MOST_ELEMENTS) return count
        }
        return count
    }

    private fun refuse(fault: ManifestFault, what: String): Nothing =
        throw ManifestRefused(fault, "the manifest is damaged: $what")
}
