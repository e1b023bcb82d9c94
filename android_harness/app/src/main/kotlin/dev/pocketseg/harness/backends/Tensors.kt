package dev.pocketseg.harness.backends

import dev.pocketseg.harness.core.ElementType
import dev.pocketseg.harness.core.InputBuffers
import dev.pocketseg.harness.core.RawOutput
import dev.pocketseg.harness.core.TensorSpec
import dev.pocketseg.harness.run.CannotRun
import java.nio.ByteBuffer

/** How many bytes a tensor takes. Throws [CannotRun] for a type that this app does not know. */
internal fun TensorSpec.sizeBytes(): Int = shape.fold(type().sizeBytes.toLong()) { bytes, side -> bytes * side }.let {
    if (it > Int.MAX_VALUE) throw CannotRun("$name is too large for a buffer")
    it.toInt()
}

internal fun TensorSpec.type(): ElementType =
    ElementType.named(dtype) ?: throw CannotRun("$name is of $dtype, which this app does not know")

internal fun TensorSpec.longShape(): LongArray = LongArray(shape.size) { shape[it].toLong() }

/** How far apart neighbours of each axis lie where numbers lie row by row, without gaps. */
internal fun denseStrides(shape: List<Int>, sizeBytes: Int): List<Long> {
    val strides = LongArray(shape.size)
    var next = sizeBytes.toLong()
    for (axis in shape.indices.reversed()) {
        strides[axis] = next
        next *= shape[axis]
    }
    return strides.toList()
}

/** The same of a tensor of N, C, H, W whose channels lie together, each pixel's beside its neighbour's. */
internal fun channelsLastStrides(shape: List<Int>, sizeBytes: Int): List<Long> {
    val (count, channels, height, width) = shape
    val (ofCount, ofRow, ofColumn, ofChannel) = denseStrides(listOf(count, height, width, channels), sizeBytes)
    return listOf(ofCount, ofChannel, ofRow, ofColumn)
}

/** An output in memory of the session's own, as [spec] says it; the next run overwrites it. */
internal class OutputMemory(val spec: TensorSpec) {
    val memory: ByteBuffer = InputBuffers.allocate(spec.sizeBytes())

    fun raw(stridesBytes: List<Long> = denseStrides(spec.shape, spec.type().sizeBytes)) =
        RawOutput(spec.name, spec.dtype, spec.shape, stridesBytes, spec.scale, spec.zeroPoint, memory)
}
