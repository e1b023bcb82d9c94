package dev.pocketseg.harness.backends

import ai.onnxruntime.NodeInfo
import ai.onnxruntime.OnnxJavaType
import ai.onnxruntime.OnnxTensor
import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtLoggingLevel
import ai.onnxruntime.OrtProvider
import ai.onnxruntime.OrtSession
import ai.onnxruntime.TensorInfo
import ai.onnxruntime.providers.NNAPIFlags
import android.os.Build
import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.InputBuffers
import dev.pocketseg.harness.core.RawOutput
import dev.pocketseg.harness.core.TensorSpec
import dev.pocketseg.harness.run.Backend
import dev.pocketseg.harness.run.CannotRun
import dev.pocketseg.harness.run.RuntimeFacts
import dev.pocketseg.harness.run.Session
import dev.pocketseg.harness.run.Wanted
import java.nio.ByteBuffer
import java.util.EnumSet

/** What computes where the processor is asked: ONNX Runtime's own kernels, as on the desktop, or XNNPACK's. */
enum class OnnxKernels(val tool: String) {
    OWN(OnnxBackend.TOOL),
    XNNPACK("${OnnxBackend.TOOL} (CPU: XNNPACK)"),
}

/** A .onnx on ONNX Runtime: by the processor, or by NNAPI alone. */
class OnnxBackend(private val natives: Natives, private val kernels: OnnxKernels = OnnxKernels.OWN) : Backend {
    @Volatile
    private var loadedVersion: String? = null

    override val facts get() = RuntimeFacts("ort", kernels.tool, loadedVersion ?: RuntimeVersions.ONNX_RUNTIME)

    override fun refusal(wanted: Wanted): String? =
        Asked.refusal(wanted, "onnx") { it.isNotEmpty() && it[0] == IR_VERSION_FIELD } ?: when (wanted.accelerator) {
            "cpu", "npu" -> natives.absent("onnxruntime") ?: natives.absent("onnxruntime4j_jni")
            else -> "ONNX Runtime has nothing for a phone's GPU in this app"
        }

    override fun open(wanted: Wanted): Session {
        refusal(wanted)?.let { throw CannotRun(it) }
        return loadingNatives(TOOL) {
            val environment = environment()
            loadedVersion = environment.version
            OneThread(Handles().run { whole { OnnxSession(wanted, kernels, environment, this) } })
        }
    }

    /** The library's own loader answers with a plain RuntimeException where it finds no natives. */
    private fun environment(): OrtEnvironment = try {
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR)
    } catch (error: RuntimeException) {
        throw CannotRun("the libraries of $TOOL are not in this build of the app: ${reason(error)}", error)
    }

    companion object {
        const val TOOL = "onnxruntime"

        /** The first field of a model, `ir_version`, as protobuf writes it. */
        private const val IR_VERSION_FIELD: Byte = 0x08
    }
}

private class OnnxSession(
    wanted: Wanted,
    kernels: OnnxKernels,
    private val environment: OrtEnvironment,
    private val handles: Handles,
) : Session {
    private val input = InputBuffers.allocate(Asked.input(wanted).sizeBytes())
    private val outputs = wanted.manifest.outputs.map(::OutputMemory)
    private val session = handles.own(environment.createSession(wanted.file.path, options(wanted, kernels)))

    /** Tensors over the session's own memory: a run copies nothing and leaves nothing open. */
    private val taken = mapOf(wanted.manifest.inputs[0].let { it.name to tensor(it, session.inputInfo, input) })
    private val filled = outputs.associate { it.spec.name to tensor(it.spec, session.outputInfo, it.memory) }

    override val threads: Int = wanted.threads
    override val accelerator = if (wanted.accelerator == "npu") BY_NNAPI else ON_CPU

    override fun fill(input: ByteArray) = InputBuffers.fill(this.input, input)

    override fun run(): List<RawOutput> {
        session.run(taken, filled).use { }
        return outputs.map { it.raw() }
    }

    override fun close() = handles.close()

    private fun options(wanted: Wanted, kernels: OnnxKernels): OrtSession.SessionOptions {
        val options = handles.own(OrtSession.SessionOptions())
        options.setInterOpNumThreads(1)
        options.setIntraOpNumThreads(wanted.threads)
        // Workers that spin between runs would take the cores from whatever is measured next.
        options.addConfigEntry("session.intra_op.allow_spinning", "0")
        if (wanted.manifest.precision.startsWith("w8a8") || wanted.manifest.precision.startsWith("w8dyn")) {
            // An emulator's x86 processor may cut large sums of 8-bit products, which no phone's does.
            options.addConfigEntry("session.x64quantprecision", "1")
        }
        if (wanted.accelerator == "npu") {
            need(OrtProvider.NNAPI)
            if (Build.VERSION.SDK_INT < Build.VERSION_CODES.Q) {
                throw CannotRun("NNAPI cannot be told to leave the processor out before Android 10")
            }
            options.addNnapi(EnumSet.of(NNAPIFlags.CPU_DISABLED))
            options.addConfigEntry("session.disable_cpu_ep_fallback", "1")
        } else if (kernels == OnnxKernels.XNNPACK) {
            need(OrtProvider.XNNPACK)
            options.addXnnpack(mapOf("intra_op_num_threads" to wanted.threads.toString()))
            options.setIntraOpNumThreads(1) // else two pools of threads are at work
        }
        return options
    }

    private fun need(provider: OrtProvider) {
        if (provider in OrtEnvironment.getAvailableProviders()) return
        throw CannotRun("${provider.getName()} is not in this app's build of ONNX Runtime")
    }

    /** Throws [CannotRun] where the file's tensor is not as its manifest says; a side that the file leaves open is. */
    private fun tensor(spec: TensorSpec, found: Map<String, NodeInfo>, memory: ByteBuffer): OnnxTensor {
        val info = found[spec.name]?.info as? TensorInfo ?: throw CannotRun("the file has no tensor ${spec.name}")
        val sides = info.shape
        val isOwn = CODES[info.type] == spec.dtype && sides.size == spec.shape.size &&
            sides.indices.all { sides[it] < 0 || sides[it] == spec.shape[it].toLong() }
        if (!isOwn) throw CannotRun("${spec.name} is ${info.type} of ${sides.toList()}, not as its manifest says")
        return handles.own(OnnxTensor.createTensor(environment, memory, spec.longShape(), info.type))
    }

    private companion object {
        val ON_CPU = AcceleratorPart("cpu", obtained = "cpu", null, null, fallback = null, arithmetic = null)
        val BY_NNAPI = AcceleratorPart(
            asked = "npu",
            obtained = null,
            nodes = null,
            nodesDelegated = null,
            fallback = "NNAPI took all of the file and does not say which chip ran it; " +
                "it is deprecated since Android 15",
            arithmetic = null,
        )
        val CODES = mapOf(
            OnnxJavaType.BOOL to "bool",
            OnnxJavaType.INT8 to "int8",
            OnnxJavaType.UINT8 to "uint8",
            OnnxJavaType.INT16 to "int16",
            OnnxJavaType.INT32 to "int32",
            OnnxJavaType.INT64 to "int64",
            OnnxJavaType.FLOAT16 to "float16",
            OnnxJavaType.FLOAT to "float32",
            OnnxJavaType.DOUBLE to "float64",
        )
    }
}
