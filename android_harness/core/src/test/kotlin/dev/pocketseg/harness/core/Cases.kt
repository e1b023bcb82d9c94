package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.fail
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** An array of a case: a type, a shape, and its bytes, row-major and little endian. */
class CaseArray(val dtype: String, val shape: List<Int>, val data: ByteArray) {
    val memory: ByteBuffer get() = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN)

    fun picture() = Picture(shape[0], shape[1], data)

    fun classMap() = ClassMap(shape[0], shape[1], data)

    fun scores(): Scores {
        val values = FloatArray(data.size / 4).also { memory.asFloatBuffer().get(it) }
        return Scores(shape[0], shape[1], shape[2], values, values.count { it.isNaN() || it.isInfinite() })
    }
}

/** Reads conformance/cases, and says what a wrong result most likely comes from. */
object Cases {
    val checkout = File(System.getProperty("pocketseg.checkout") ?: "../..")
    val folder = File(checkout, "conformance/cases")

    /** Where tests leave what others look at. */
    val target = File(System.getProperty("pocketseg.target") ?: "target")

    /** A set's file, which [EveryCaseFileTest] then knows to be looked at. */
    fun of(name: String): JsonObject = JsonReader.read(File(folder, "$name.json").readBytes()) as JsonObject

    /** Read an array that a case starts from, and check it. */
    fun array(said: JsonObject): CaseArray {
        val hex = said.textOrNull("hex")
        val data = if (hex != null) unhex(hex) else File(folder, said.text("file")).readBytes()
        assertEquals(said.text("sha256"), Hashes.sha256(data))
        return CaseArray(said.text("dtype"), shape(said), data)
    }

    /** Fail where a result is not the case's, and name the fault that gives it. */
    fun expect(found: CaseArray, case: JsonObject, wanted: String = "is") {
        val said = case.table(wanted)
        val hash = Hashes.sha256(found.data)
        if (found.dtype == said.text("dtype") && found.shape == shape(said) && hash == said.text("sha256")) return
        fail("${case.textOrNull("name").orEmpty()}: not as it must be; ${cause(hash, case)}")
    }

    fun expect(found: Picture, case: JsonObject) =
        expect(CaseArray("uint8", listOf(found.heightPx, found.widthPx, 3), found.rgb), case)

    fun expect(found: ClassMap, case: JsonObject, wanted: String = "is") =
        expect(CaseArray("uint8", listOf(found.heightPx, found.widthPx), found.pixels), case, wanted)

    /** Name the usual fault that gives a wrong result. */
    fun cause(hash: String, case: JsonObject): String {
        val faults = (case["faults"] as? JsonObject)?.fields.orEmpty()
        val named = faults.filterValues { (it as JsonObject).text("sha256") == hash }.keys
        return if (named.isEmpty()) "no usual fault gives this" else "this is what ${named.joinToString(" or ")} gives"
    }

    /** A test for each case of a list. */
    fun each(cases: List<JsonObject>, test: (JsonObject) -> Unit): List<DynamicTest> {
        check(cases.isNotEmpty())
        return cases.mapIndexed { place, case -> dynamicTest(case.textOrNull("name") ?: "$place") { test(case) } }
    }

    /** Run what must be refused, and compare the fault's name; nothing else may be thrown. */
    fun expectRefused(wanted: String, act: () -> Any?) {
        val found = try {
            act()
            "nothing"
        } catch (error: Refused) {
            error.fault.code
        }
        assertEquals(wanted, found)
    }

    fun unhex(text: String) = ByteArray(text.length / 2) { text.substring(2 * it, 2 * it + 2).toInt(16).toByte() }

    private fun shape(said: JsonObject) = said.items("shape").map { (it as JsonNumber).toLong().toInt() }
}
