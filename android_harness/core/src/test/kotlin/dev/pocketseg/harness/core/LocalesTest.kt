package dev.pocketseg.harness.core

import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.MethodSource
import org.junit.jupiter.params.provider.ValueSource
import java.util.Locale

/** What is written is the same in every language of a phone: digits, points, letters, calendars. */
class LocalesTest {
    private val before = Locale.getDefault()

    @AfterEach
    fun restore() = Locale.setDefault(before)

    @ParameterizedTest
    @MethodSource("languages")
    fun `numbers, moments, ids and sentences are plain`(language: String) {
        Locale.setDefault(Locale.forLanguageTag(language))
        assertEquals(
            """[1234567,0.5,1.0E-7,12345.678,-3]""",
            JsonWriter.write(jsonOf(listOf(1_234_567, 0.5, 1e-7, 12_345.678, -3.0))),
        )
        assertEquals("2026-01-02T03:04:05.678Z", Moment.text(1_767_323_045_678))
        assertEquals("0.60", Decimals.fixed(0.6, 2))
        assertEquals("12.5%", Decimals.percent(0.125, 1))
        assertEquals("data-descriptor", ArchiveFault.DATA_DESCRIPTOR.code)
        assertEquals("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Hashes.sha256(ByteArray(0)))
        val conditions = Conditions(isBestKnown = true, othersDuring = 0.6, stolen = 0.05, thermal = "severe")
        val said = Verdict.of(
            Statistics(4, 4, 4, p50Ms = 3.0, p50LowMs = 2.0, p50HighMs = 4.0, drift = 0.0625),
            conditions,
        )
        assertEquals(
            listOf(
                "4 turns are too few (5 are needed)",
                "other processes kept 0.60 cores busy",
                "heat slowed it (severe)",
                "the host of this virtual machine took 5.0% of the time",
                "4 of 4 turns were undisturbed (12 are needed)",
                "p50 is known to within 33.3% (3% is asked)",
                "it grew slower by 6.2% while it ran",
            ),
            said.reasons,
        )
    }

    @ParameterizedTest
    @MethodSource("languages")
    fun `a record and its seal are the same bytes`(language: String) {
        val wanted = Made.bundle().use { Made.document(it).sealed() }
        Locale.setDefault(Locale.forLanguageTag(language))
        assertEquals(wanted, Made.bundle().use { Made.document(it).sealed() })
    }

    @ParameterizedTest
    @ValueSource(strings = ["tr-TR", "ar-EG-u-nu-arab"])
    fun `names that differ in case alone, and digits of other scripts, are refused everywhere`(language: String) {
        Locale.setDefault(Locale.forLanguageTag(language))
        assertEquals(true, ArchiveNames.hasTwins(listOf("TITLE", "title")))
        assertEquals(ArchiveFault.NAME_NOT_ASCII, ArchiveNames.fault("labels/\u0663.runs"))
        assertEquals(false, Hashes.isId("\u0660".repeat(32)))
    }

    companion object {
        /** Those whose digits, points, letters or calendars are others: comma, dotless i, four scripts, another year. */
        @JvmStatic
        fun languages() = listOf(
            "en-US",
            "de-DE",
            "fr-FR",
            "tr-TR",
            "ar-EG-u-nu-arab",
            "fa-IR-u-nu-arabext",
            "hi-IN-u-nu-deva",
            "th-TH-u-ca-buddhist",
        )
    }
}
