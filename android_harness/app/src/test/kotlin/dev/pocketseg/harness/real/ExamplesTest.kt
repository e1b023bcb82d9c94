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
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File

/** What docs/android.md shows of each runtime, on a photo: nothing but its file and the manifest beside it. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [31])
class ExamplesTest {
    @get:Rule
    val scratch = TemporaryFolder()

    @Test
    fun `each example gives the desktop's classes, for fp32 and for 8-bit integers`() {
        assumeTrue("NOT VERIFIED: the examples, without the phone's libraries", Runtimes.areReal)
        val file = Given.bundle()
        assumeNotNull("NOT VERIFIED: there is no bundle, -Dpocketseg.bundle", file)
        Runtimes.all() // says where ONNX Runtime's libraries are
        val seen = HashSet<String>()
        Bundle.open(file!!).use { bundle ->
            for ((place, artifact) in bundle.content.artifacts.withIndex()) {
                if (!artifact.name.startsWith(NETWORK)) continue
                val manifest = bundle.manifest(place)
                val found = JvmNatives.deep { segment(bundle, place, manifest) }
                val golden = bundle.classMap(bundle.content.golden[place].maps[0], 0)
                val share = agreement(found, golden, manifest)
                assertTrue("${artifact.name} agrees on $share", share >= LEAST)
                seen.add("${artifact.target} ${manifest.precision}")
            }
        }
        assertEquals(Given.TARGETS.flatMap { listOf("$it fp32", "$it w8a8") }.toSet(), seen)
    }

    private fun segment(bundle: Bundle, place: Int, manifest: Manifest): IntArray {
        val artifact = bundle.content.artifacts[place]
        val folder = scratch.newFolder()
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

    private companion object {
        const val NETWORK = "topformer"

        /** Android shrinks a photo by another filter than the desktop. */
        const val LEAST = 0.95
    }
}
