package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.ArchiveWriter
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.ClassMapFile
import dev.pocketseg.harness.core.Hashes
import dev.pocketseg.harness.core.InputTensor
import dev.pocketseg.harness.core.JsonArray
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonReader
import dev.pocketseg.harness.core.JsonWriter
import dev.pocketseg.harness.core.Made
import dev.pocketseg.harness.core.Segmentation
import dev.pocketseg.harness.core.jsonObject
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** The conformance cases' bundle with other runs, and with what [FakeBackend] gives as its golden maps. */
object JobBundle {
    private const val MANIFEST = "artifacts/0/manifest.json"

    private val golden: Map<String, ByteArray> by lazy {
        Made.bundle().use { bundle ->
            val manifest = bundle.manifest(0)
            bundle.content.photos.indices.flatMap { photo ->
                val input = InputTensor.bytes(bundle.photo(0, photo), manifest.inputs[0])
                val size = 4 * FakeBackend.CLASSES * FakeBackend.HEIGHT * FakeBackend.WIDTH
                val memory = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN)
                FakeBackend.score(input, memory)
                val upright = bundle.content.photos[photo]
                val outputs = listOf(FakeBackend.output(memory))
                val map = Segmentation.classMap(outputs, manifest, upright.heightPx, upright.widthPx).classMap
                val data = ClassMapFile.encode(map)
                listOf("golden/0/$photo.runs" to data, "networks/0/$photo.runs" to data)
            }.toMap()
        }
    }

    /** Write it. Of [runs] each has an accelerator and threads. */
    fun write(
        to: File,
        runs: List<Pair<String, Int>>,
        passes: Int = 2,
        runLimitS: Int = 60,
        totalLimitS: Int = 3600,
        maxTempC: Double? = 40.0,
        manifest: (JsonObject) -> JsonObject = { it },
    ): File {
        val changedManifest = manifest(JsonReader.read(Made.files.getValue(MANIFEST)) as JsonObject)
        val files = Made.files + golden + (MANIFEST to JsonWriter.write(changedManifest).toByteArray())
        val content = JsonReader.read(files.getValue(Bundle.NAME)) as JsonObject
        val job = jsonObject(
            "runs" to runs.map { (name, threads) ->
                jsonObject("artifact" to 0, "accelerator" to name, "threads" to threads)
            },
            "seed" to 7,
            "passes" to passes,
            "limits" to jsonObject("run_s" to runLimitS, "total_s" to totalLimitS, "max_temp_c" to maxTempC),
        )
        val listed = (files - Bundle.NAME).toSortedMap().map { (name, data) ->
            jsonObject("name" to name, "sha256" to Hashes.sha256(data), "size_bytes" to data.size)
        }
        val changed = JsonObject(content.fields + mapOf("job" to job, "files" to JsonArray(listed)))
        to.writeBytes(ArchiveWriter.write(files + (Bundle.NAME to JsonWriter.write(changed).toByteArray())))
        return to
    }
}
