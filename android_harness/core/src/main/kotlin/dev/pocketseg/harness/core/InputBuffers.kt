package dev.pocketseg.harness.core

import java.nio.ByteBuffer
import java.nio.ByteOrder

/** Buffers as runtimes want them: direct, in the processor's byte order, of exactly the right size, from their start. */
object InputBuffers {
    /** Make an empty one. */
    fun allocate(sizeBytes: Int): ByteBuffer = ByteBuffer.allocateDirect(sizeBytes).order(ByteOrder.nativeOrder())

    /** Fill one, whatever was read from it or written to it before, and leave it at its start. */
    fun fill(buffer: ByteBuffer, data: ByteArray) {
        require(buffer.capacity() == data.size) { "a buffer of ${buffer.capacity()} bytes takes no ${data.size}" }
        buffer.clear()
        buffer.put(data)
        buffer.rewind()
    }
}
