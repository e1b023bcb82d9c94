package dev.pocketseg.harness.core

/** Moments as records write them: UTC by the Gregorian calendar, with plain digits whatever the phone's language. */
object Moment {
    private const val DAY_S = 86_400L

    /** Write milliseconds since 1970: 2026-01-02T03:04:05.678Z. */
    fun text(epochMs: Long): String {
        val seconds = Math.floorDiv(epochMs, 1000L)
        val (year, month, day) = date(Math.floorDiv(seconds, DAY_S))
        val ofDay = Math.floorMod(seconds, DAY_S)
        val time = listOf(ofDay / 3600, ofDay / 60 % 60, ofDay % 60).joinToString(":") { padded(it, 2) }
        val day10 = listOf(padded(year, 4), padded(month, 2), padded(day, 2)).joinToString("-")
        return day10 + "T" + time + "." + padded(Math.floorMod(epochMs, 1000L), 3) + "Z"
    }

    /** The date of a day since 1970-01-01: eras of 400 years, years that begin in March. */
    private fun date(sinceEpoch: Long): Triple<Long, Long, Long> {
        val days = sinceEpoch + 719_468 // since 0000-03-01
        val era = Math.floorDiv(days, 146_097L)
        val ofEra = days - era * 146_097
        val yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        val ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        val shifted = (5 * ofYear + 2) / 153
        val month = if (shifted < 10) shifted + 3 else shifted - 9
        val year = yearOfEra + era * 400 + if (month <= 2) 1 else 0
        return Triple(year, month, ofYear - (153 * shifted + 2) / 5 + 1)
    }

    private fun padded(value: Long, digits: Int) = value.toString().padStart(digits, '0')
}
