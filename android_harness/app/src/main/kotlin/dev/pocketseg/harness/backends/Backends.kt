package dev.pocketseg.harness.backends

import android.content.Context
import dev.pocketseg.harness.run.Backend

/** The runtimes of this app. */
object Backends {
    /** All of them; tests put others in their place. */
    @Volatile
    var all: (Context) -> List<Backend> = { of(it, OnnxKernels.OWN) }

    /** Those of the app, ONNX Runtime with these kernels. */
    fun of(context: Context, kernels: OnnxKernels): List<Backend> = ofApp(PackagedNatives(context.classLoader), kernels)

    /** Those of the app, each to say by itself what is not in it. */
    fun ofApp(natives: Natives, kernels: OnnxKernels): List<Backend> = listOf(
        TfliteBackend(natives),
        OnnxBackend(natives, kernels),
        ExecuTorchBackend(natives),
        PyTorchBackend(natives),
    )

    /** The one that docs/bundle.md calls so; null where the app has none. */
    fun named(context: Context, runtime: String): Backend? = all(context).firstOrNull { it.facts.name == runtime }
}
