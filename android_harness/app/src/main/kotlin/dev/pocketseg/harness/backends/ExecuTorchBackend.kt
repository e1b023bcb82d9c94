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
import org.pytorch.executorch.DType
import org.pytorch.executorch.EValue
import org.pytorch.executorch.Module
import org.pytorch.executorch.Tensor
import java.nio.ByteBuffer

/** A .pte on ExecuTorch; the file itself says who runs it, so what is asked must be what it was made for. */
class ExecuTorchBackend(private val natives: Natives) : Backend {
    override val facts get() = RuntimeFacts("executorch", TOOL, RuntimeVersions.EXECUTORCH)

    override fun refusal(wanted: Wanted): String? =
        Asked.refusal(wanted, "executorch") { Asked.says(it, 4, "ET") } ?: natives.absent("executorch")

    override fun open(wanted: Wanted): Session {
        refusal(wanted)?.let { throw CannotRun(it) }
        return loadingNatives(TOOL) { OneThread(Handles().run { whole { ExecuTorchSession(wanted, this) } }) }
    }

    companion object {
        const val TOOL = "executorch"
    }
}

/** Who runs a file, by the delegates that its method names. */
internal object Delegates {
    private val GPUS = setOf("VulkanBackend")
    private val PROCESSORS = setOf("XnnpackBackend")

    /** What was asked, or [CannotRun] where the file was made for another. */
    fun accelerator(asked: String, delegates: List<String>): AcceleratorPart {
        val kinds = delegates.map {
            if (it in GPUS) {
                "gpu"
            } else if (it in PROCESSORS) {
                "cpu"
            } else {
                "npu"
            }
        }.toSet()
        val made = (kinds - "cpu").singleOrNull() ?: if (kinds.size > 2) "several" else "cpu"
        if (made != asked) {
            val names = if (delegates.isEmpty()) "no delegate" else delegates.joinToString()
            throw CannotRun("the file was made for $made ($names); it cannot run on $asked")
        }
        if (asked == "cpu") return AcceleratorPart(asked, obtained = asked, null, null, null, null)
        val fallback = "ExecuTorch loaded ${delegates.joinToString()} and does not say what it left to the processor"
        return AcceleratorPart(asked, obtained = null, null, null, fallback, arithmetic = null)
    }
}

private class ExecuTorchSession(wanted: Wanted, private val handles: Handles) : Session {
    private val specs = wanted.manifest.outputs
    private val outputs = specs.map(::OutputMemory)
    private val input = InputBuffers.allocate(Asked.input(wanted).sizeBytes())
    private val given = EValue.from(tensor(wanted.manifest.inputs[0], input))
    private val module = Module.load(wanted.file.path, Module.LOAD_MODE_MMAP, wanted.threads)
    override val accelerator: AcceleratorPart
    override val threads: Int = wanted.threads

    init {
        handles.own(AutoCloseable { module.destroy() })
        val error = module.loadMethod(METHOD)
        if (error != 0) throw IllegalStateException("ExecuTorch did not load the file: error $error")
        accelerator = Delegates.accelerator(wanted.accelerator, module.getMethodMetadata(METHOD).backends.toList())
    }

    override fun fill(input: ByteArray) = InputBuffers.fill(this.input, input)

    /** Its outputs are a view of memory that the next run reuses, so they are copied within the run's time. */
    override fun run(): List<RawOutput> {
        val found = module.forward(given)
        check(found.size == specs.size) { "it gives ${found.size} outputs, and its manifest says ${specs.size}" }
        return found.indices.map { place -> read(found[place].toTensor(), outputs[place]) }
    }

    override fun close() = handles.close()

    private fun read(tensor: Tensor, into: OutputMemory): RawOutput {
        val shape = tensor.shape().map { it.toInt() }
        val code = CODES[tensor.dtype()]
        check(shape == into.spec.shape && code == into.spec.dtype) {
            "${into.spec.name} is ${tensor.dtype()} of $shape, not as its manifest says"
        }
        val memory = into.memory
        memory.clear()
        when (tensor.dtype()) {
            DType.FLOAT -> memory.asFloatBuffer().put(tensor.dataAsFloatArray)
            DType.DOUBLE -> memory.asDoubleBuffer().put(tensor.dataAsDoubleArray)
            DType.INT32 -> memory.asIntBuffer().put(tensor.dataAsIntArray)
            DType.INT64 -> memory.asLongBuffer().put(tensor.dataAsLongArray)
            DType.HALF -> memory.asShortBuffer().put(tensor.dataAsShortArray)
            DType.UINT8 -> memory.put(tensor.dataAsUnsignedByteArray)
            else -> memory.put(tensor.dataAsByteArray)
        }
        memory.rewind()
        return into.raw()
    }

    private fun tensor(spec: TensorSpec, memory: ByteBuffer): Tensor = when (spec.dtype) {
        "float32" -> Tensor.fromBlob(memory.asFloatBuffer(), spec.longShape())
        "float64" -> Tensor.fromBlob(memory.asDoubleBuffer(), spec.longShape())
        "float16" -> Tensor.fromBlob(memory.asShortBuffer(), spec.longShape())
        "int32" -> Tensor.fromBlob(memory.asIntBuffer(), spec.longShape())
        "int64" -> Tensor.fromBlob(memory.asLongBuffer(), spec.longShape())
        "int8" -> Tensor.fromBlob(memory, spec.longShape())
        "uint8" -> Tensor.fromBlobUnsigned(memory, spec.longShape())
        else -> throw CannotRun("ExecuTorch takes no input of ${spec.dtype} from Java")
    }

    private companion object {
        const val METHOD = "forward"
        val CODES = mapOf(
            DType.FLOAT to "float32",
            DType.DOUBLE to "float64",
            DType.HALF to "float16",
            DType.INT32 to "int32",
            DType.INT64 to "int64",
            DType.INT8 to "int8",
            DType.UINT8 to "uint8",
        )
    }
}
