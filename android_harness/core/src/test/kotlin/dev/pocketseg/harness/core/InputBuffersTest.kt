package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import java.nio.ByteOrder

/** Buffers for runtimes: byte order, position and size, on the first run and on the second. */
class InputBuffersTest {
    @Test
    fun `a buffer holds the same bytes and floats, however often it is filled`() {
        val spec = TensorSpec("x", listOf(1, 2, 3, 3), "NHWC", "float32", null, null)
        val buffer = InputBuffers.allocate(72)
        for (first in 0..1) {
            val data = InputTensor.bytes(Picture(2, 3, ByteArray(18) { (it + first).toByte() }), spec)
            InputBuffers.fill(buffer, data)
            assertEquals(listOf(0, 72, 72), listOf(buffer.position(), buffer.remaining(), buffer.capacity()))
            assertEquals(first + 5f, buffer.asFloatBuffer().get(5))
            assertArrayEquals(data, ByteArray(72).also { buffer.get(it) })
        }
        assertEquals(ByteOrder.nativeOrder(), buffer.order())
    }

    @Test
    fun `a buffer of another size is refused`() {
        assertThrows<IllegalArgumentException> { InputBuffers.fill(InputBuffers.allocate(71), ByteArray(72)) }
    }

    @Test
    fun `inputs that no photo fits are refused`() {
        val photo = Picture(2, 3, ByteArray(18))
        fun spec(shape: List<Int>, dtype: String, layout: String = "NHWC", scale: Double? = null) =
            TensorSpec("x", shape, layout, dtype, scale, null)
        Cases.expectRefused("unsupported") { InputTensor.bytes(photo, spec(listOf(1, 2, 3, 3), "image")) }
        Cases.expectRefused("unsupported") { InputTensor.bytes(photo, spec(listOf(1, 2, 3, 3), "int8")) }
        Cases.expectRefused("unsupported") { InputTensor.bytes(photo, spec(listOf(1, 2, 3, 4), "uint8")) }
        Cases.expectRefused("unsupported") {
            InputTensor.bytes(photo, spec(listOf(1, 2, 3, 3), "float32", scale = 0.5))
        }
        Cases.expectRefused("unsupported") { InputTensor.bytes(photo, spec(listOf(2, 3, 3), "uint8", "HWC")) }
        Cases.expectRefused("other-size") { InputTensor.bytes(photo, spec(listOf(1, 3, 2, 3), "uint8")) }
    }
}
