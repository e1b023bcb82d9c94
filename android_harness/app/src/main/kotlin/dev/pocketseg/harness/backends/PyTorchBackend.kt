package dev.pocketseg.harness.backends

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.InputBuffers
import dev.pocketseg.harness.core.RawOutput
import dev.pocketseg.harness.core.TensorSpec
import dev.pocketseg.harness.run.Backend
import dev.pocketseg.harness.run.CannotRun
import dev.pocketseg.harness.run.RuntimeFacts
import dev.pocketseg.harness.run.Session
import dev.pocketseg.harness.run.Wanted
import org.pytorch.DType
import org.pytorch.Device
import org.pytorch.IValue
import org.pytorch.LiteModuleLoader
import org.pytorch.MemoryFormat
import org.pytorch.PyTorchAndroid
import org.pytorch.Tensor
import java.nio.ByteBuffer

/** A .ptl on PyTorch Mobile's lite interpreter, by the processor. */
class PyTorchBackend(private val natives: Natives) : Backend {
    override val facts get() = RuntimeFacts("torchmobile", TOOL, RuntimeVersions.PYTORCH)

    override fun refusal(wanted: Wanted): String? =
        Asked.refusal(wanted, "torchmobile") { Asked.says(it, 0, "PK") } ?: when (wanted.accelerator) {
            "cpu" -> natives.absent("pytorch_jni_lite")
            "gpu" -> "PyTorch Mobile's GPU (Vulkan) needs a file made for it and another build of the library"
            else -> "PyTorch Mobile has nothing for an NPU in this app"
        }

    override fun open(wanted: Wanted): Session {
        refusal(wanted)?.let { throw CannotRun(it) }
        return loadingNatives(TOOL) { OneThread(Handles().run { whole { PyTorchSession(wanted, this) } }) }
    }

    companion object {
        const val TOOL = "pytorch_android_lite"
    }
}

private class PyTorchSession(wanted: Wanted, private val handles: Handles) : Session {
    private val specs = wanted.manifest.outputs
    private val outputs = specs.map(::OutputMemory)
    private val input = InputBuffers.allocate(Asked.input(wanted).sizeBytes())
    private val given = IValue.from(tensor(wanted.manifest.inputs[0], input))
    private val module: org.pytorch.Module
    override val threads: Int = wanted.threads
    override val accelerator =
        AcceleratorPart(
            "cpu",
            obtained = "cpu",
            nodes = null,
            nodesDelegated = null,
            fallback = null,
            arithmetic = null,
        )

    init {
        PyTorchAndroid.setNumThreads(wanted.threads) // of the process, so before the first file
        module = LiteModuleLoader.load(wanted.file.path, null, Device.CPU)
        handles.own(AutoCloseable { module.destroy() })
    }

    override fun fill(input: ByteArray) = InputBuffers.fill(this.input, input)

    override fun run(): List<RawOutput> {
        val found = tensors(module.forward(given))
        check(found.size == specs.size) { "it gives ${found.size} outputs, and its manifest says ${specs.size}" }
        return found.indices.map { place -> read(found[place], outputs[place]) }
    }

    override fun close() = handles.close()

    private fun tensors(value: IValue): List<Tensor> = when {
        value.isTensor -> listOf(value.toTensor())
        value.isTuple -> value.toTuple().map { it.toTensor() }
        value.isTensorList -> value.toTensorList().toList()
        else -> throw IllegalStateException("its answer is no tensor")
    }

    /** The numbers come as they lie in memory: of a channels-last tensor channels lie together, whatever its shape. */
    private fun read(tensor: Tensor, into: OutputMemory): RawOutput {
        val shape = tensor.shape().map { it.toInt() }
        check(shape == into.spec.shape && CODES[tensor.dtype()] == into.spec.dtype) {
            "${into.spec.name} is ${tensor.dtype()} of $shape, not as its manifest says"
        }
        val memory = into.memory
        memory.clear()
        when (tensor.dtype()) {
            DType.FLOAT32 -> memory.asFloatBuffer().put(tensor.dataAsFloatArray)
            DType.FLOAT64 -> memory.asDoubleBuffer().put(tensor.dataAsDoubleArray)
            DType.INT32 -> memory.asIntBuffer().put(tensor.dataAsIntArray)
            DType.INT64 -> memory.asLongBuffer().put(tensor.dataAsLongArray)
            DType.UINT8 -> memory.put(tensor.dataAsUnsignedByteArray)
            else -> memory.put(tensor.dataAsByteArray)
        }
        memory.rewind()
        val size = into.spec.type().sizeBytes
        val isChannelsLast = tensor.memoryFormat() == MemoryFormat.CHANNELS_LAST
        return into.raw(if (isChannelsLast) channelsLastStrides(shape, size) else denseStrides(shape, size))
    }

    private fun tensor(spec: TensorSpec, memory: ByteBuffer): Tensor = when (spec.dtype) {
        "float32" -> Tensor.fromBlob(memory.asFloatBuffer(), spec.longShape())
        "float64" -> Tensor.fromBlob(memory.asDoubleBuffer(), spec.longShape())
        "int32" -> Tensor.fromBlob(memory.asIntBuffer(), spec.longShape())
        "int64" -> Tensor.fromBlob(memory.asLongBuffer(), spec.longShape())
        "int8" -> Tensor.fromBlob(memory, spec.longShape())
        "uint8" -> Tensor.fromBlobUnsigned(memory, spec.longShape())
        else -> throw CannotRun("PyTorch Mobile takes no input of ${spec.dtype} from Java")
    }

    private companion object {
        val CODES = mapOf(
            DType.FLOAT32 to "float32",
            DType.FLOAT64 to "float64",
            DType.INT32 to "int32",
            DType.INT64 to "int64",
            DType.INT8 to "int8",
            DType.UINT8 to "uint8",
        )
    }
}
