package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** Output to class map: every case of raw_memory, class_maps and engines. */
class OutputCasesTest {
    @TestFactory
    fun `raw memory becomes a class map`() = Cases.each(Cases.of("raw_memory").tables("cases")) {
        val read = read(it)
        Cases.expect(read.map, it)
        assertEquals(it.int("not_finite"), read.scores?.notFinite ?: 0)
        if (read.scores != null && read.scores.values.none(Float::isNaN)) {
            val bytes = ByteBuffer.allocate(4 * read.scores.values.size).order(ByteOrder.LITTLE_ENDIAN)
            bytes.asFloatBuffer().put(read.scores.values)
            val shape = listOf(read.scores.classes, read.scores.heightPx, read.scores.widthPx)
            Cases.expect(CaseArray("float32", shape, bytes.array()), it, "scores")
        }
    }

    @TestFactory
    fun `outputs that the manifest does not name are refused`() = Cases.each(Cases.of("raw_memory").tables("refused")) {
        Cases.expectRefused(it.text("error")) { read(it) }
    }

    @TestFactory
    fun `memory that is a byte short is refused and not read`() = Cases.each(Cases.of("raw_memory").tables("cases")) {
        Cases.expectRefused("beyond-memory") { read(it, lacking = 1) }
    }

    @TestFactory
    fun `scores become a class map of the photo's size`() = Cases.each(
        Cases.of("class_maps").tables("scores") + Cases.of("engines").tables("scores"),
    ) { case ->
        val found = Cases.array(case.table("scores")).scores().classMap(case.int("height_px"), case.int("width_px"))
        val right = Cases.array(case.table("is")).classMap()
        val may = case.items("may_differ").map { (it as JsonNumber).toLong().toInt() }.toSet()
        val differ = right.pixels.indices.filter { found.pixels[it] != right.pixels[it] }
        assertTrue(may.containsAll(differ)) { Cases.cause(Hashes.sha256(found.pixels), case) }
    }

    @TestFactory
    fun `classes are resized to the nearest`() = Cases.each(
        Cases.of("class_maps").tables("classes") + Cases.of("engines").tables("classes"),
    ) {
        Cases.expect(Cases.array(it.table("classes")).classMap().resized(it.int("height_px"), it.int("width_px")), it)
    }

    @Test
    fun `every type has a case`() {
        val seen = Cases.of("raw_memory").tables("cases").flatMap { it.tables("outputs") }.map { it.text("dtype") }
        assertTrue(seen.containsAll(listOf("float16", "float32", "float64", "int32", "int8", "uint8", "int64")))
    }

    @Test
    fun `bytes above 127 are classes and no negative numbers`() {
        val kinds = intArrayOf(0, 127, 128, 150, 254)
        val memory = ByteBuffer.wrap(ByteArray(kinds.size) { kinds[it].toByte() })
        val spec = TensorSpec("classes", listOf(1, 1, kinds.size), "NHW", "uint8", null, null)
        val output = RawOutput("classes", "uint8", spec.shape, listOf(5L, 5L, 1L), null, null, memory)
        val found = output.classMap(spec, classes = 255)
        assertEquals(kinds.toList(), kinds.indices.map(found::at))
        Cases.expectRefused("no-such-class") { output.classMap(spec, classes = 254) }
    }

    @Test
    fun `a class of 300 is refused and not wrapped`() {
        val memory = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(0, 256)
        val spec = TensorSpec("classes", listOf(1, 1, 1), "NHW", "int16", null, null)
        val output = RawOutput("classes", "int16", spec.shape, listOf(2L, 2L, 2L), null, null, memory)
        Cases.expectRefused("no-such-class") { output.classMap(spec, classes = 255) }
    }

    @Test
    fun `every float16 is read as Java reads it from its parts`() {
        for (bits in 0..0xFFFF) {
            val fraction = bits and 0x3FF
            val exponent = bits shr 10 and 0x1F
            val size = when (exponent) {
                0 -> Math.scalb(fraction.toDouble(), -24)
                0x1F -> if (fraction == 0) Double.POSITIVE_INFINITY else Double.NaN
                else -> Math.scalb(1024.0 + fraction, exponent - 25)
            }
            assertEquals((if (bits < 0x8000) size else -size).toFloat(), Half.toFloat(bits))
        }
        for (value in 0..255) assertEquals(value.toFloat(), Half.toFloat(Half.ofByte(value)))
    }

    @Test
    fun `strides that lead out of the memory, or around it, are refused`() {
        val spec = TensorSpec("scores", listOf(1, 2, 5, 5), "NCHW", "float32", null, null)
        for (stride in listOf(-4L, 1L shl 40, 1L shl 62, Long.MAX_VALUE, Long.MIN_VALUE)) {
            for (axis in 1..3) {
                val strides = listOf(0L, 100L, 20L, 4L).mapIndexed { place, plain ->
                    if (place ==
                        axis
                    ) {
                        stride
                    } else {
                        plain
                    }
                }
                val memory = ByteBuffer.allocate(200)
                val output = RawOutput("scores", "float32", spec.shape, strides, null, null, memory)
                Cases.expectRefused("beyond-memory") { output.scores(spec, classes = 2) }
            }
        }
        val odd =
            RawOutput("scores", "float32", spec.shape, listOf(100L, 20L, 4L), null, null, ByteBuffer.allocate(200))
        Cases.expectRefused("beyond-memory") { odd.scores(spec, classes = 2) }
    }

    private class Read(val map: ClassMap, val scores: Scores?)

    private fun read(case: JsonObject, lacking: Int = 0): Read {
        val wanted = ManifestReader.tensor(case.table("wanted"))
        val output = RawOutput.chosen(case.tables("outputs").map { output(it, lacking) }, wanted)
        if (wanted.layout == "NHW") return Read(output.classMap(wanted, case.int("classes")), null)
        val scores = output.scores(wanted, case.int("classes"))
        return Read(scores.classMap(scores.heightPx, scores.widthPx), scores)
    }

    private fun output(said: JsonObject, lacking: Int): RawOutput {
        val spec = ManifestReader.tensor(JsonObject(said.fields + ("layout" to JsonText(""))))
        val strides = said.items("strides_bytes").map { (it as JsonNumber).toLong() }
        val memory = ByteBuffer.wrap(Cases.array(said.table("memory")).data)
        val size = ElementType.named(spec.dtype)!!.sizeBytes
        if (lacking > 0) memory.limit((spec.shape.zip(strides) { n, s -> (n - 1) * s }.sum() + size - lacking).toInt())
        return RawOutput(spec.name, spec.dtype, spec.shape, strides, spec.scale, spec.zeroPoint, memory)
    }
}
