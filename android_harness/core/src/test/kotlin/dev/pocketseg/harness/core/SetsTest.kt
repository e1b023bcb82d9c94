package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

/** No set of conformance/cases is left out. */
class SetsTest {
    @Test
    fun `every set has tests here`() {
        val pixels = setOf("preprocessing", "exif", "camera", "yuv", "decode")
        val outputs = setOf("raw_memory", "class_maps", "engines")
        val files = setOf("runs", "archives", "manifests", "bundles", "records")
        val method = setOf("method", "confusion", "golden")
        val there = Cases.folder.listFiles { file -> file.extension == "json" }!!.map { it.nameWithoutExtension }
        assertEquals(there.toSet(), pixels + outputs + files + method)
    }

    @Test
    fun `every list of a set is looked at`() {
        val lists = Cases.folder.listFiles { file -> file.extension == "json" }!!.flatMap { file ->
            Cases.of(file.nameWithoutExtension).fields.filterValues { it is JsonArray }.keys
        }
        val known = setOf(
            "cases", "refused", "resize", "tensors", "scores", "classes", "allowed", "draws", "percentile",
            "median_interval", "ratio", "miou", "disturbance", "statistics", "verdict", "seen",
        )
        assertEquals(known, lists.toSet())
    }

    @Test
    fun `a wrong result is called by the fault that gives it`() {
        val case = Cases.of("camera").tables("cases")[3]
        val mirroredFirst = Turns.mirrored(Cases.array(case.table("rgb")).picture())
        val error =
            assertThrows<AssertionError> { Cases.expect(Turns.fromCamera(mirroredFirst, 90, Facing.AS_TAKEN), case) }
        assertTrue("this is what other-way-round or mirrored-first gives" in error.message!!)
        val other = assertThrows<AssertionError> { Cases.expect(mirroredFirst, case) }
        assertTrue("no usual fault gives this" in other.message!!)
    }
}
