package dev.pocketseg.harness.backends

/**
 * The runtimes that this app is built with, where they cannot say it themselves.
 *
 * pom.xml pins them; a test holds these against it. ExecuTorch's library is its vendor's build of a version that is
 * not said.
 */
object RuntimeVersions {
    const val TFLITE = "2.16.1"
    const val ONNX_RUNTIME = "1.29.0"
    const val PYTORCH = "1.12.2"
    val EXECUTORCH: String? = null
}
