package dev.pocketseg.harness.screens

import dev.pocketseg.harness.core.ArchiveWriter
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.ClassMapFile
import dev.pocketseg.harness.core.Hashes
import dev.pocketseg.harness.core.JsonWriter
import dev.pocketseg.harness.core.jsonObject

/** A bundle of drawn photos with files that [ColorBackend] runs. */
object Sample {
    const val HEIGHT_PX = 128
    const val WIDTH_PX = 96
    private const val PHOTO_HEIGHT_PX = 512
    private const val PHOTO_WIDTH_PX = 384
    private const val PHOTOS = 5
    private const val HASH = "c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3"

    private class File(
        val name: String,
        val target: String,
        val runtime: String,
        val network: String,
        val precision: String,
    )

    private val artifacts = listOf(
        File("topformer-tiny-fp32-512x384.tflite", "tflite", "litert", "topformer_tiny", "fp32"),
        File("topformer-tiny-w8a8-512x384.tflite", "tflite", "litert", "topformer_tiny", "w8a8"),
        File("u2netp-fp32-320x192.onnx", "onnx", "ort", "u2netp", "fp32"),
        File("u2netp-fp16-320x192.pte", "executorch", "executorch", "u2netp", "fp16"),
    )

    val zip: ByteArray by lazy { make("Street clothes, five photos") }

    /** The same with a file that is not what the bundle lists. */
    val withDamagedFile: ByteArray by lazy {
        val files = files("A damaged one").toMutableMap()
        files["artifacts/1/model.tflite"] = files.getValue("artifacts/1/model.tflite").copyOf().also { it[3] = 1 }
        ArchiveWriter.write(files)
    }

    fun make(name: String): ByteArray = ArchiveWriter.write(files(name))

    private fun files(name: String): Map<String, ByteArray> {
        val files = LinkedHashMap<String, ByteArray>()
        val photos = List(PHOTOS) { photo(it, files) }
        val inputs = (0 until PHOTOS).map {
            Drawn.picture(it, HEIGHT_PX, WIDTH_PX).rgb.asList()
        }.flatten().toByteArray()
        files["inputs/128x96.rgb"] = inputs
        val made = artifacts.mapIndexed { place, one -> artifact(place, one, files) }
        for (photo in 0 until PHOTOS) {
            val map = ClassMapFile.encode(Drawn.map(photo, PHOTO_HEIGHT_PX, PHOTO_WIDTH_PX))
            for (place in artifacts.indices) files["golden/$place/$photo.runs"] = map
        }
        val listed = files.keys.sorted().map {
            mapOf("name" to it, "sha256" to Hashes.sha256(files.getValue(it)), "size_bytes" to files.getValue(it).size)
        }
        val runs = artifacts.indices.map { mapOf("artifact" to it, "accelerator" to "cpu", "threads" to 4) } +
            mapOf("artifact" to 0, "accelerator" to "gpu", "threads" to 1)
        val content = jsonObject(
            "schema_version" to "1.0",
            "name" to name,
            "made_by" to mapOf("name" to "pocketseg", "version" to "0.1.0"),
            "job" to mapOf(
                "runs" to runs,
                "seed" to 7,
                "passes" to 5,
                "limits" to mapOf("run_s" to 60, "total_s" to 3600, "max_temp_c" to 41.5),
            ),
            "data" to mapOf("name" to "drawn", "split" to "test", "hash" to "df886911c2603b04"),
            "classes" to Drawn.classes,
            "colors_rgb" to Drawn.colorsRgb,
            "artifacts" to made,
            "inputs" to listOf(
                mapOf("file" to "inputs/128x96.rgb", "height_px" to HEIGHT_PX, "width_px" to WIDTH_PX),
            ),
            "networks" to emptyList<Any>(),
            "photos" to photos,
            "golden" to artifacts.indices.map(::golden),
            "files" to listed,
        )
        files[Bundle.NAME] = JsonWriter.write(content).toByteArray()
        return files
    }

    private fun photo(place: Int, files: MutableMap<String, ByteArray>): Map<String, Any?> {
        val data = Drawn.jpeg(Drawn.picture(place, PHOTO_HEIGHT_PX, PHOTO_WIDTH_PX))
        files["photos/$place.jpg"] = data
        val isLabelled = place != 1
        if (isLabelled) {
            files["labels/$place.runs"] = ClassMapFile.encode(Drawn.map(place, PHOTO_HEIGHT_PX, PHOTO_WIDTH_PX))
        }
        return mapOf(
            "file" to "photos/$place.jpg",
            "original_sha256" to HASH,
            "bundled_sha256" to Hashes.sha256(data),
            "height_px" to PHOTO_HEIGHT_PX,
            "width_px" to PHOTO_WIDTH_PX,
            "label" to if (isLabelled) "labels/$place.runs" else null,
            "label_sha256" to if (isLabelled) HASH else null,
        )
    }

    private fun artifact(place: Int, one: File, files: MutableMap<String, ByteArray>): Map<String, Any?> {
        val suffix = one.name.substringAfterLast('.')
        val data = ByteArray(9_876_543 / (place + 1) / 1000) { (it * (place + 3)).toByte() }
        val spec = mapOf(
            "layout" to "NHWC",
            "dtype" to "float32",
            "scale" to null,
            "zero_point" to null,
        )
        val input = mapOf("name" to "image", "shape" to listOf(1, HEIGHT_PX, WIDTH_PX, 3)) + spec +
            mapOf("value_range" to listOf(0.0, 255.0), "normalization" to "inside")
        val output = mapOf("name" to "logits", "shape" to listOf(1, HEIGHT_PX, WIDTH_PX, Drawn.classes.size)) + spec +
            mapOf("value_range" to null, "normalization" to "none")
        files["artifacts/$place/model.$suffix"] = data
        files["artifacts/$place/manifest.json"] = JsonWriter.write(
            jsonObject(
                "target" to one.target,
                "model" to one.network,
                "recipe" to one.precision,
                "precision" to one.precision,
                "output" to "logits",
                "file" to one.name,
                "sha256" to Hashes.sha256(data),
                "size_bytes" to data.size,
                "input_height_px" to HEIGHT_PX,
                "input_width_px" to WIDTH_PX,
                "preprocessing" to mapOf(
                    "mean_rgb" to listOf(0.485, 0.456, 0.406),
                    "std_rgb" to listOf(0.229, 0.224, 0.225),
                    "orientation" to "exif",
                    "color_order" to "RGB",
                    "resize" to "stretch",
                    "resampling" to "pillow-bilinear",
                    "value_range" to listOf(0.0, 255.0),
                ),
                "inputs" to listOf(input),
                "outputs" to listOf(output),
                "classes" to Drawn.classes,
                "colors_rgb" to Drawn.colorsRgb,
                "checkpoint_sha256" to HASH,
                "lineage" to listOf("tiny@c3c3c3c3c3c3c3c3"),
                "split_hash" to "df886911c2603b04",
                "calibration" to emptyMap<String, Any>(),
                "parity" to mapOf(
                    "status" to "measured",
                    "reason" to "",
                    "source" to "drawn",
                    "digests" to listOf("e8".repeat(16)),
                    "images" to 1,
                    "max_abs_error" to 0.0,
                    "argmax_agreement" to 1.0,
                    "argmax_agreement_garment" to null,
                ),
                "tools" to mapOf("torch" to "2.13.0"),
                "facts" to mapOf("parameters" to 1000),
                "golden" to emptyMap<String, Any>(),
                "schema_version" to 2,
            ),
        ).toByteArray()
        return mapOf(
            "name" to one.name,
            "file" to "artifacts/$place/model.$suffix",
            "manifest" to "artifacts/$place/manifest.json",
            "target" to one.target,
            "runtime" to one.runtime,
            "sha256" to Hashes.sha256(data),
            "size_bytes" to data.size,
            "height_px" to HEIGHT_PX,
            "width_px" to WIDTH_PX,
            "input" to 0,
            "network" to null,
        )
    }

    private fun golden(place: Int): Map<String, Any?> {
        val shares = List(PHOTOS) { 0.05 }
        return mapOf(
            "maps" to (0 until PHOTOS).map { "golden/$place/$it.runs" },
            "network_maps" to null,
            "least_network_agreement" to 0.9,
            "arithmetic" to "float32",
            "allowed" to mapOf("float32" to shares, "float16" to shares, "int8" to shares),
        )
    }
}
