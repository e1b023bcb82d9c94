package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.Arithmetic
import dev.pocketseg.harness.core.RawOutput
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** A runtime that is made up. It has one buffer for its output, which each run overwrites, as real ones have. */
class FakeBackend(
    name: String = "ort",
    private val refuse: (Wanted) -> String? = { null },
    private val whenOpened: (Wanted) -> Unit = {},
    private val whenRun: (Wanted) -> Unit = {},
    private val whenClosed: (Wanted) -> Unit = {},
    private val change: (Wanted, List<RawOutput>) -> List<RawOutput> = { _, outputs -> outputs },
) : Backend {
    override val facts = RuntimeFacts(name, "made up", "1.0")
    override fun refusal(wanted: Wanted): String? = refuse(wanted)

    override fun open(wanted: Wanted): Session {
        whenOpened(wanted)
        return FakeSession(wanted)
    }

    private inner class FakeSession(private val wanted: Wanted) : Session {
        private val memory = ByteBuffer.allocate(4 * CLASSES * HEIGHT * WIDTH).order(ByteOrder.LITTLE_ENDIAN)
        private var input: ByteArray = ByteArray(0)
        override val accelerator =
            AcceleratorPart(wanted.accelerator, wanted.accelerator, 3, 3, null, Arithmetic.FLOAT32)
        override val threads = wanted.threads

        override fun fill(input: ByteArray) {
            this.input = input
        }

        override fun run(): List<RawOutput> {
            whenRun(wanted)
            score(input, memory)
            return change(wanted, listOf(output(memory)))
        }

        override fun close() = whenClosed(wanted)
    }

    companion object {
        const val CLASSES = 4
        const val HEIGHT = 6
        const val WIDTH = 10

        /** Of each pixel a class that follows from its first colour. */
        fun score(input: ByteArray, memory: ByteBuffer) {
            val values = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN)
            for (pixel in 0 until HEIGHT * WIDTH) {
                val kind = values.getFloat(4 * pixel).toInt() / 37 % CLASSES
                for (number in 0 until CLASSES) {
                    memory.putFloat(4 * (number * HEIGHT * WIDTH + pixel), if (number == kind) 1f else 0f)
                }
            }
        }

        fun output(memory: ByteBuffer) = RawOutput(
            "logits",
            "float32",
            listOf(1, CLASSES, HEIGHT, WIDTH),
            listOf(4L * CLASSES * HEIGHT * WIDTH, 4L * HEIGHT * WIDTH, 4L * WIDTH, 4L),
            null,
            null,
            memory,
        )
    }
}
