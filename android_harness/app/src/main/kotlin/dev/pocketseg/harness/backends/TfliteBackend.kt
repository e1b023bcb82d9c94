package dev.pocketseg.harness.backends

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.InputBuffers
import dev.pocketseg.harness.core.RawOutput
import dev.pocketseg.harness.run.Backend
import dev.pocketseg.harness.run.CannotRun
import dev.pocketseg.harness.run.RuntimeFacts
import dev.pocketseg.harness.run.Session
import dev.pocketseg.harness.run.Wanted
import org.tensorflow.lite.Interpreter
import org.tensorflow.lite.TensorFlowLite
import java.nio.ByteBuffer

/**
 * A .tflite on TensorFlow Lite: by the processor with XNNPACK, or by its GPU delegate.
 *
 * It asks nothing of `org.tensorflow.lite.Tensor`, which is an interface or a class by the version: the file's hash ties
 * it to its manifest, and the interpreter refuses a buffer that is not of a tensor's size.
 */
class TfliteBackend(private val natives: Natives) : Backend {
    @Volatile
    private var loadedVersion: String? = null

    override val facts get() = RuntimeFacts("litert", TOOL, loadedVersion ?: RuntimeVersions.TFLITE)

    override fun refusal(wanted: Wanted): String? =
        Asked.refusal(wanted, "tflite") { Asked.says(it, 4, "TFL3") } ?: when (wanted.accelerator) {
            "cpu" -> natives.absent(LIBRARY)
            "gpu" -> natives.absent(LIBRARY) ?: natives.absent(GPU_LIBRARY)
            else ->
                "TensorFlow Lite reaches an NPU by NNAPI, which is deprecated since Android 15, or by libraries " +
                    "of its maker, which are not in this app"
        }

    override fun open(wanted: Wanted): Session {
        refusal(wanted)?.let { throw CannotRun(it) }
        return loadingNatives(TOOL) {
            loadedVersion = TensorFlowLite.runtimeVersion()
            OneThread(Handles().run { whole { TfliteSession(wanted, TfliteGpu(), this) } })
        }
    }

    companion object {
        const val TOOL = "tensorflow-lite"
        private const val LIBRARY = "tensorflowlite_jni"
        private const val GPU_LIBRARY = "tensorflowlite_gpu_jni"
    }
}

private class TfliteSession(wanted: Wanted, gpu: TfliteGpu, private val handles: Handles) : Session {
    private val input = InputBuffers.allocate(Asked.input(wanted).sizeBytes())
    private val outputs = wanted.manifest.outputs.map(::OutputMemory)
    private val interpreter = handles.own(interpreter(wanted, gpu))
    private val run = runner()

    override val threads: Int = wanted.threads
    override val accelerator = if (wanted.accelerator == "gpu") gpu.part() else ON_CPU

    override fun fill(input: ByteArray) = InputBuffers.fill(this.input, input)

    override fun run(): List<RawOutput> {
        input.rewind()
        for (output in outputs) output.memory.rewind()
        run.invoke()
        return outputs.map { it.raw() }
    }

    override fun close() = handles.close()

    /** The delegate is made first, so that it is closed after the interpreter that uses it. */
    private fun interpreter(wanted: Wanted, gpu: TfliteGpu): Interpreter {
        val options = Interpreter.Options().setNumThreads(wanted.threads)
        if (wanted.accelerator != "gpu") return Interpreter(wanted.file, options.setUseXNNPACK(true))
        options.setUseXNNPACK(false).addDelegate(handles.own(gpu.delegate()))
        return gpu.apply { Interpreter(wanted.file, options) }
    }

    /** One output needs no name; several go by those of the file's signature, never by their places. */
    private fun runner(): () -> Unit {
        val given = interpreter.outputTensorCount
        if (given != outputs.size) throw CannotRun("it gives $given outputs, and its manifest says ${outputs.size}")
        if (given == 1) {
            val only: ByteBuffer = outputs[0].memory
            return { interpreter.run(input, only) }
        }
        val names = signature { interpreter.getSignatureOutputs(SIGNATURE) }
        val source = signature { interpreter.getSignatureInputs(SIGNATURE) }.singleOrNull()
        if (source == null || outputs.any { it.spec.name !in names }) {
            throw CannotRun("its signature does not name the outputs that its manifest says")
        }
        val taken = mapOf<String, Any>(source to input)
        val filled = outputs.associate { it.spec.name to it.memory as Any }
        return { interpreter.runSignature(taken, filled, SIGNATURE) }
    }

    private inline fun signature(names: () -> Array<String>): Set<String> = try {
        names().toSet()
    } catch (_: IllegalArgumentException) {
        emptySet()
    }

    private companion object {
        const val SIGNATURE = "serving_default"
        val ON_CPU = AcceleratorPart("cpu", obtained = "cpu", null, null, fallback = null, arithmetic = null)
    }
}
