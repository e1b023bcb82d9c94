package dev.pocketseg.harness.core

import java.nio.ByteBuffer
import java.nio.ByteOrder

/**
 * The bytes of a file's input, made of a picture of its size; docs/preprocessing.md, "Tensors".
 *
 * 8-bit values go in as they are: mean and deviation are the file's own business.
 */
object InputTensor {
    /** Make the bytes, little endian and without gaps. Throws [DataRefused] for an input that no picture fits. */
    fun bytes(picture: Picture, spec: TensorSpec): ByteArray {
        val layout = Layout.of(spec)
        if (layout == null || layout.channels != 3 || spec.shape[0] != 1) {
            throw DataRefused(DataFault.UNSUPPORTED, "${spec.name} takes no picture of three colours")
        }
        if (layout.heightPx != picture.heightPx || layout.widthPx != picture.widthPx) {
            throw DataRefused(DataFault.OTHER_SIZE, "a picture is not of the size of ${spec.name}")
        }
        val put = putter(spec)
        val out = ByteBuffer.allocate(picture.rgb.size * bytesOf(spec)).order(ByteOrder.LITTLE_ENDIAN)
        if (spec.layout == "NHWC") {
            for (value in picture.rgb) put(out, value.toInt() and 0xFF)
        } else {
            for (channel in 0..2) {
                for (place in channel until picture.rgb.size step 3) put(out, picture.rgb[place].toInt() and 0xFF)
            }
        }
        return out.array()
    }

    private fun bytesOf(spec: TensorSpec) = ElementType.named(spec.dtype)?.sizeBytes ?: unsupported(spec)
    private fun putter(spec: TensorSpec): (ByteBuffer, Int) -> Unit {
        if (spec.scale != null) return quantised(spec)
        return when (spec.dtype) {
            "uint8" -> { out, value -> out.put(value.toByte()) }
            "int16", "uint16" -> { out, value -> out.putShort(value.toShort()) }
            "int32" -> { out, value -> out.putInt(value) }
            "int64" -> { out, value -> out.putLong(value.toLong()) }
            "float16" -> { out, value -> out.putShort(Half.ofByte(value).toShort()) }
            "float32" -> { out, value -> out.putFloat(value.toFloat()) }
            "float64" -> { out, value -> out.putDouble(value.toDouble()) }
            else -> unsupported(spec)
        }
    }

    /** Scale in single precision, halves to even, cut to the type's range; one table serves all pixels. */
    private fun quantised(spec: TensorSpec): (ByteBuffer, Int) -> Unit {
        val range = when (spec.dtype) {
            "int8" -> -128L..127L
            "uint8" -> 0L..255L
            else -> unsupported(spec)
        }
        val scale = spec.scale!!.toFloat()
        val zero = spec.zeroPoint ?: 0
        val table = ByteArray(256) {
            (Math.rint((it.toFloat() / scale).toDouble()).toLong() + zero).coerceIn(range).toByte()
        }
        return { out, value -> out.put(table[value]) }
    }

    private fun unsupported(spec: TensorSpec): Nothing =
        throw DataRefused(DataFault.UNSUPPORTED, "${spec.name} is of ${spec.dtype}, which no photo is put into here")
}
