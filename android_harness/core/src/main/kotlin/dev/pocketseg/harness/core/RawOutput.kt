package dev.pocketseg.harness.core

import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * An output as a runtime holds it: raw memory, and how the numbers lie in it; docs/preprocessing.md, "Reading an output".
 *
 * The memory may belong to the runtime and change with the next run: read it before that.
 */
class RawOutput(
    val name: String,
    val dtype: String,
    val shape: List<Int>,
    val stridesBytes: List<Long>,
    val scale: Double?,
    val zeroPoint: Long?,
    memory: ByteBuffer,
) {
    private val memory: ByteBuffer = memory.duplicate().order(ByteOrder.LITTLE_ENDIAN)

    /** Read scores, C planes of H x W, and how many of them are not finite. Throws [DataRefused]. */
    fun scores(wanted: TensorSpec, classes: Int): Scores {
        val layout = Layout.of(wanted)
        if (layout == null || wanted.shape[0] != 1) {
            throw DataRefused(DataFault.UNSUPPORTED, "$name has no planes of scores")
        }
        if (layout.channels != classes) {
            throw DataRefused(DataFault.CLASSES_NOT_CHANNELS, "$name has ${layout.channels} channels for its classes")
        }
        val type = checkedType()
        val scale = wanted.scale?.toFloat()?.toDouble()
        val zero = (wanted.zeroPoint ?: 0).toDouble()
        val values = FloatArray(classes * layout.heightPx * layout.widthPx)
        var notFinite = 0
        var place = 0
        for (channel in 0 until classes) {
            for (row in 0 until layout.heightPx) {
                var at = channel * stridesBytes[layout.channelAxis] + row * stridesBytes[layout.rowAxis]
                for (column in 0 until layout.widthPx) {
                    val read = type.number(memory, at.toInt())
                    val value = (if (scale == null) read else (read - zero) * scale).toFloat()
                    if (value.isNaN() || value.isInfinite()) notFinite++
                    values[place++] = value
                    at += stridesBytes[layout.columnAxis]
                }
            }
        }
        return Scores(classes, layout.heightPx, layout.widthPx, values, notFinite)
    }

    /** Read a class map. Throws [DataRefused] where a value is none of the classes. */
    fun classMap(wanted: TensorSpec, classes: Int): ClassMap {
        if (wanted.shape.size != 3 || wanted.shape[0] != 1) {
            throw DataRefused(DataFault.UNSUPPORTED, "$name has no plane of classes")
        }
        val type = checkedType()
        val (_, height, width) = wanted.shape
        val pixels = ByteArray(height * width)
        for (row in 0 until height) {
            for (column in 0 until width) {
                val at = row * stridesBytes[1] + column * stridesBytes[2]
                val value = type.whole(memory, at.toInt())
                if (value !in 0 until classes) {
                    throw DataRefused(DataFault.NO_SUCH_CLASS, "$name gives class $value of $classes classes")
                }
                pixels[row * width + column] = value.toByte()
            }
        }
        return ClassMap(height, width, pixels)
    }

    /** Know the type, and that every number lies within the memory. */
    private fun checkedType(): ElementType {
        val type = ElementType.named(dtype) ?: throw DataRefused(DataFault.UNSUPPORTED, "$name is of $dtype")
        val limit = memory.limit().toLong()
        val isBounded = stridesBytes.size == shape.size &&
            shape.indices.all { shape[it] == 1 || stridesBytes[it] in 0..limit }
        val isWithin = isBounded && shape.indices.sumOf { (shape[it] - 1) * stridesBytes[it] } + type.sizeBytes <= limit
        if (!isWithin) throw DataRefused(DataFault.BEYOND_MEMORY, "$name is larger than its memory")
        return type
    }

    companion object {
        /** Find the manifest's output by its name, else by type and shape if just one fits. Throws [DataRefused]. */
        fun chosen(outputs: List<RawOutput>, wanted: TensorSpec): RawOutput {
            val named = outputs.filter { it.name == wanted.name }
            val own = named.ifEmpty { outputs.filter { it.dtype == wanted.dtype && it.shape == wanted.shape } }
            val found = own.singleOrNull()
                ?: throw DataRefused(DataFault.NO_SUCH_OUTPUT, "the file gives no output ${wanted.name}")
            val isOwn = found.dtype == wanted.dtype && found.shape == wanted.shape && found.scale == wanted.scale &&
                found.zeroPoint == wanted.zeroPoint
            if (!isOwn) throw DataRefused(DataFault.OTHER_TENSOR, "${found.name} is not as the manifest says it")
            return found
        }
    }
}
