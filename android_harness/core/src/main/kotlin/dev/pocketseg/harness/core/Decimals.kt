package dev.pocketseg.harness.core

import java.math.BigDecimal
import java.math.RoundingMode

/** Numbers in sentences, with the same digits in every language of a phone, rounded as Python rounds them. */
object Decimals {
    /** A number with so many places: 0.60. */
    fun fixed(value: Double, places: Int): String =
        BigDecimal(value).setScale(places, RoundingMode.HALF_EVEN).toPlainString()

    /** A share in per cent: 5.0%. */
    fun percent(share: Double, places: Int): String = fixed(share * 100, places) + "%"

    /** A number rounded to so many places. */
    fun rounded(value: Double, places: Int): Double =
        BigDecimal(value).setScale(places, RoundingMode.HALF_EVEN).toDouble()
}
