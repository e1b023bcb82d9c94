package dev.pocketseg.harness.backends

import dev.pocketseg.harness.core.Manifest
import dev.pocketseg.harness.core.TensorSpec
import dev.pocketseg.harness.run.Wanted
import java.io.File

/** What tests give a backend. */
object Given {
    /** Nothing is known against any library before it is loaded, as on a computer. */
    val ANY_NATIVES = Natives { null }
    val NO_NATIVES = Natives { "this build of the app has no lib$it.so for arm64-v8a" }

    fun image(shape: List<Int> = listOf(1, 3, 4, 2), dtype: String = "float32") =
        TensorSpec("image", shape, if (shape.last() == 3) "NHWC" else "NCHW", dtype, null, null)

    fun manifest(target: String, inputs: Int = 1, outputs: List<TensorSpec> = listOf(image().copy(name = "logits"))) =
        Manifest(
            target = target,
            model = "net",
            recipe = "fp32",
            precision = "fp32",
            output = "logits",
            file = "model",
            sha256 = "0".repeat(64),
            sizeBytes = 8,
            inputHeightPx = 4,
            inputWidthPx = 2,
            inputs = List(inputs) { image() },
            outputs = outputs,
            classes = listOf("background", "person", "face"),
            colorsRgb = List(3) { listOf(0, 0, it) },
            checkpointSha256 = "",
            splitHash = "",
        )

    /** A file that begins as those of its target do, and is none. */
    fun file(target: String): File {
        val head = when (target) {
            "tflite" -> "....TFL3"
            "executorch" -> "....ET12"
            "torchmobile" -> "PK......"
            else -> "\u0008......."
        }
        return File.createTempFile("model", ".$target").apply {
            deleteOnExit()
            writeText(head + "no more than that")
        }
    }

    fun wanted(target: String, accelerator: String = "cpu", manifest: Manifest = manifest(target)) =
        Wanted(file(target), manifest, accelerator, threads = 1)

    val TARGETS = listOf("tflite", "onnx", "executorch", "torchmobile")

    fun backend(target: String, natives: Natives = ANY_NATIVES) =
        Backends.ofApp(natives, OnnxKernels.OWN)[TARGETS.indexOf(target)]

    /** The bundle that the tests run; scripts/android/test_bundle.py makes it. */
    fun bundle(): File? = System.getProperty("pocketseg.bundle")?.let(::File)?.takeIf { it.isFile }
}
