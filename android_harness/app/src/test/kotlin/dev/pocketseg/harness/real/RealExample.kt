package dev.pocketseg.harness.real

import android.graphics.BitmapFactory
import dev.pocketseg.examples.ExecuTorchSegmenter
import dev.pocketseg.examples.OnnxSegmenter
import dev.pocketseg.examples.PyTorchSegmenter
import dev.pocketseg.examples.TfliteSegmenter
import dev.pocketseg.harness.backends.Given
import dev.pocketseg.harness.backends.JvmNatives
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.ClassMap
import dev.pocketseg.harness.core.Manifest
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeNotNull
import org.junit.Assume.assumeTrue
import java.io.File
import java.nio.file.Files

/** What docs/android.md shows of a runtime, on a photo: nothing but its file and the manifest beside it. */
object RealExample {
    private const val NETWORK = "topformer"

    /** Android shrinks a photo by another filter than the desktop. */
    private const val LEAST = 0.95

    fun check(target: String) {
        assumeTrue("NOT VERIFIED: the example of $target, without the phone's libraries", Runtimes.areReal)
        val file = Given.bundle()
        assumeNotNull("NOT VERIFIED: there is no bundle, -Dpocketseg.bundle", file)
        Runtimes.all() // says where ONNX Runtime's libraries are
        val seen = HashSet<String>()
        Bundle.open(file!!).use { bundle ->
            for ((place, artifact) in bundle.content.artifacts.withIndex()) {
                if (artifact.target != target || !artifact.name.startsWith(NETWORK)) continue
                val manifest = bundle.manifest(place)
                val found = JvmNatives.deep { segment(bundle, place, manifest) }
                val share = agreement(found, bundle.classMap(bundle.content.golden[place].maps[0], 0), manifest)
                assertTrue("${artifact.name} agrees on $share", share >= LEAST)
                seen.add(manifest.precision)
            }
        }
        assertEquals(setOf("fp32", "w8a8"), seen)
    }

    private fun segment(bundle: Bundle, place: Int, manifest: Manifest): IntArray {
        val artifact = bundle.content.artifacts[place]
        val folder = Files.createTempDirectory("example").toFile()
        bundle.extract(artifact.file, File(folder, manifest.file))
        bundle.extract(artifact.manifest, File(folder, "manifest.json"))
        val jpeg = File(folder, "photo.jpg").also { bundle.extract(bundle.content.photos[0].file, it) }
        val photo = BitmapFactory.decodeFile(jpeg.path)
        return when (manifest.target) {
            "tflite" -> TfliteSegmenter(folder, 1).use { it.segment(photo) }
            "onnx" -> OnnxSegmenter(folder, 1).use { it.segment(photo) }
            "executorch" -> ExecuTorchSegmenter(folder, 1).use { it.segment(photo) }
            else -> PyTorchSegmenter(folder, 1).use { it.segment(photo) }
        }
    }

    /** Compare at the network's size: the photo's map is read at the middle of each of its pixels. */
    private fun agreement(found: IntArray, golden: ClassMap, manifest: Manifest): Double {
        val (height, width) = manifest.inputHeightPx to manifest.inputWidthPx
        assertEquals(height * width, found.size)
        val equal = found.indices.count { pixel ->
            val row = (2 * (pixel / width) + 1) * golden.heightPx / (2 * height)
            val column = (2 * (pixel % width) + 1) * golden.widthPx / (2 * width)
            golden.at(row * golden.widthPx + column) == found[pixel]
        }
        return equal.toDouble() / found.size
    }
}
