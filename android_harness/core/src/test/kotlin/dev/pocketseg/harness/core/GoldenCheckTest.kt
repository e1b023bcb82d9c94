package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The golden check of a whole run: what passes, what fails, and what is said of it. */
class GoldenCheckTest {
    private val bundle = Made.bundle()
    private val golden = bundle.content.photos.indices.map { bundle.classMap(bundle.content.golden[0].maps[it], it) }

    @Test
    fun `the maps of the desktop pass, and the first again`() {
        val found = result(golden, golden[0])
        assertEquals(GoldenStatus.PASSED, found.status)
        assertEquals("", found.reason)
        assertEquals(0.0, found.maxAbsError)
        assertEquals(golden.sumOf { it.pixels.size.toLong() }, found.values)
    }

    @Test
    fun `a file that is unlike its network was exported wrong`() {
        val other = Bundle.open(ArraySource(Made.zipOf(leastNetworkAgreement = 0.999)))
        val check = GoldenCheck(other, 0, "cpu", Arithmetic.FLOAT32)
        golden.forEach { check.add(it) }
        val wanted =
            "all photos are as the fp32 network gives them on 29.86% of their pixels, photo 1 on 23.53%, and " +
                "99.90% is asked: the file was exported wrong"
        assertEquals(wanted, check.result().reason)
        assertEquals(GoldenStatus.FAILED, check.result().status)
    }

    @Test
    fun `another map the second time fails`() {
        val other = ClassMap(golden[0].heightPx, golden[0].widthPx, ByteArray(golden[0].pixels.size) { 1 })
        assertTrue("when it was run again" in result(golden, other).reason)
    }

    @Test
    fun `one class everywhere fails and is called that`() {
        val empty = golden.map { ClassMap(it.heightPx, it.widthPx, ByteArray(it.pixels.size) { 3 }) }
        val found = result(empty, empty[0])
        assertEquals(GoldenStatus.FAILED, found.status)
        assertTrue("it is class 3 everywhere" in found.reason) { found.reason }
    }

    @Test
    fun `nothing that was run is not checked`() {
        val found = GoldenCheck(bundle, 0, "cpu", null).result()
        assertEquals(GoldenStatus.NOT_CHECKED, found.status)
    }

    @Test
    fun `what a far map looks like is said`() {
        val size = 40
        fun made(kind: (row: Int, column: Int) -> Int) =
            ClassMap(size, size, ByteArray(size * size) { kind(it / size, it % size).toByte() })
        fun kind(row: Int, column: Int) = when {
            row in 5..17 && column in 4..24 -> 1
            row in 22..33 && column in 28..35 -> 2
            else -> 0
        }
        val right = made(::kind)
        fun likely(found: ClassMap, before: ClassMap? = null) = Judge.judge(found, right, 0.001, before).likely
        assertEquals("it is mirrored", likely(made { row, column -> right.at(row * size + size - 1 - column) }))
        assertEquals("it is upside down", likely(made { row, column -> right.at((size - 1 - row) * size + column) }))
        assertEquals("rows and columns are exchanged", likely(made { row, column -> right.at(column * size + row) }))
        assertTrue("classes are exchanged" in likely(made { row, column -> (right.at(row * size + column) + 1) % 3 }))
        val moved = made { row, column -> right.at(maxOf(row - 2, 0) * size + maxOf(column - 1, 0)) }
        assertEquals("it is moved by 2 rows and 1 columns: another rule of resizing", likely(moved))
        assertEquals("it is the map of the photo before it", likely(moved, before = moved))
        assertEquals("", likely(made { row, column -> (row * 7 + column * 3) % 3 }))
    }

    @Test
    fun `the coarser arithmetic counts, and one that is not known as 16-bit floats`() {
        assertEquals(Arithmetic.FLOAT16, Arithmetic.FLOAT32.coarser(null))
        assertEquals(Arithmetic.INT8, Arithmetic.INT8.coarser(null))
        assertEquals(Arithmetic.INT8, Arithmetic.FLOAT32.coarser(Arithmetic.INT8))
        assertEquals(Arithmetic.FLOAT32, Arithmetic.FLOAT32.coarser(Arithmetic.FLOAT32))
    }

    private fun result(maps: List<ClassMap>, again: ClassMap): GoldenResult {
        val check = GoldenCheck(bundle, 0, "cpu", Arithmetic.FLOAT32)
        maps.forEach { check.add(it) }
        check.again(again)
        return check.result()
    }
}
