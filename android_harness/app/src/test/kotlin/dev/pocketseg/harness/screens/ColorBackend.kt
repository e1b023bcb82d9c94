package dev.pocketseg.harness.screens

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.RawOutput
import dev.pocketseg.harness.run.Backend
import dev.pocketseg.harness.run.RuntimeFacts
import dev.pocketseg.harness.run.Session
import dev.pocketseg.harness.run.Wanted
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** Stands for a runtime: the class of a pixel is that whose colour of [Drawn] is nearest. */
class ColorBackend(name: String, private val refusal: String? = null) : Backend {
    override val facts = RuntimeFacts(name, "drawn", "1.0")

    override fun refusal(wanted: Wanted) = refusal

    override fun open(wanted: Wanted): Session = ColorSession()
}

private class ColorSession : Session {
    override val accelerator = AcceleratorPart("cpu", "cpu", null, null, null, null)
    override val threads = 4
    private var input = ByteArray(0)

    override fun fill(input: ByteArray) {
        this.input = input
    }

    override fun run(): List<RawOutput> {
        val given = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer()
        val classes = Drawn.classes.size
        val pixels = given.remaining() / 3
        val out = ByteBuffer.allocate(4 * classes * pixels).order(ByteOrder.LITTLE_ENDIAN)
        for (pixel in 0 until pixels) {
            val distances = DoubleArray(classes) { Double.MAX_VALUE }
            for ((color, kind) in Drawn.looks) {
                val red = given[3 * pixel] - color.first
                val green = given[3 * pixel + 1] - color.second
                val blue = given[3 * pixel + 2] - color.third
                distances[kind] = minOf(distances[kind], (red * red + green * green + blue * blue).toDouble())
            }
            for (distance in distances) out.putFloat((-distance / 1000).toFloat())
        }
        out.rewind()
        val row = 4L * classes * Sample.WIDTH_PX
        val strides = listOf(row * Sample.HEIGHT_PX, row, 4L * classes, 4L)
        val shape = listOf(1, Sample.HEIGHT_PX, Sample.WIDTH_PX, classes)
        return listOf(RawOutput("logits", "float32", shape, strides, null, null, out))
    }

    override fun close() = Unit
}
