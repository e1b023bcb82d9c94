package dev.pocketseg.harness.core

/** Draws with replacement that every language draws alike: a hash over a counter; docs/method.md, "Drawing". */
object Draws {
    const val ROUNDS = 1000

    /** Which of [count] things draw [place] of all takes. */
    fun draw(place: Long, count: Int): Int {
        var x = (place * 0x9E3779B9L + 1).toInt()
        x = (x xor (x ushr 16)) * 0x85EBCA6BL.toInt()
        x = (x xor (x ushr 13)) * 0xC2B2AE35L.toInt()
        x = x xor (x ushr 16)
        return ((x.toLong() and 0xFFFFFFFFL) * count ushr 32).toInt()
    }

    /** How often each of [count] things is drawn in a round. */
    fun timesDrawn(round: Int, count: Int): IntArray {
        val times = IntArray(count)
        for (place in 0 until count) times[draw(round.toLong() * count + place, count)]++
        return times
    }
}
