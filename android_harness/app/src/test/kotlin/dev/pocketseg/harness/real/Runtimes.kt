package dev.pocketseg.harness.real

import dev.pocketseg.harness.backends.Backends
import dev.pocketseg.harness.backends.Given
import dev.pocketseg.harness.backends.JvmNatives
import dev.pocketseg.harness.backends.OnnxKernels
import dev.pocketseg.harness.run.Backend
import java.io.File

/**
 * The runtimes of these tests: the phone's own, built for x86-64.
 *
 * Where those cannot be loaded, ONNX Runtime's build for the JVM is real, and the others answer from recordings, which
 * is said: `make test-android` then prints what was not verified.
 */
object Runtimes {
    private val names = listOf("litert", "executorch", "torchmobile")

    /** Whether these are the libraries of phones. */
    val areReal: Boolean = JvmNatives.folder != null

    fun all(): List<Backend> {
        JvmNatives.folder?.let { System.setProperty("onnxruntime.native.path", it.path) }
        val own = Backends.ofApp(Given.ANY_NATIVES, OnnxKernels.OWN)
        return if (areReal) {
            own
        } else {
            own.filter { it.facts.name == "ort" } +
                names.map { RecordedBackend(it, recordings()) }
        }
    }

    private fun recordings() = File(Given.bundle()!!.parentFile, "recordings")
}
