package dev.pocketseg.harness.core

/** How near a class map is to another. [likely]: what one that is not near looks like; empty where nothing explains it. */
data class Judged(val agreement: Double, val allowed: Double, val isNear: Boolean, val likely: String = "")

/** Is a class map what the desktop's run of the same file gave? docs/bundle.md, "The golden check". */
object Judge {
    private const val LEAST_PIXELS = 16.0
    private const val AWAY_PX = 3
    private const val AWAY_SHARE = 0.25

    /** The share of a photo's pixels that may differ from its golden map. */
    fun allowedShare(golden: ClassMap, arithmetic: Arithmetic): Double {
        val along = arithmetic.edgeShare * Edges.of(golden).count
        return minOf(1.0, maxOf(LEAST_PIXELS, along) / golden.pixels.size)
    }

    /** The share of pixels on which two maps of one size are equal; 0 for two sizes. */
    fun agreement(one: ClassMap, other: ClassMap): Double = equalPixels(one, other).toDouble() / other.pixels.size

    /** How many pixels of two maps of one size are equal; none for two sizes. */
    fun equalPixels(one: ClassMap, other: ClassMap): Int {
        if (one.heightPx != other.heightPx || one.widthPx != other.widthPx) return 0
        return one.pixels.indices.count { one.pixels[it] == other.pixels[it] }
    }

    /** Compare a photo's class map with its golden one. [before]: the map of the photo that ran before it. */
    fun judge(found: ClassMap, golden: ClassMap, allowed: Double, before: ClassMap? = null): Judged {
        if (found.heightPx != golden.heightPx || found.widthPx != golden.widthPx) {
            val sizes = "it is ${found.heightPx} x ${found.widthPx}, not ${golden.heightPx} x ${golden.widthPx}"
            return Judged(agreement = 0.0, allowed = allowed, isNear = false, likely = sizes)
        }
        val near = Edges.of(golden).widened(AWAY_PX)
        val size = golden.pixels.size.toDouble()
        var differ = 0
        var away = 0
        for (place in golden.pixels.indices) {
            if (found.pixels[place] == golden.pixels[place]) continue
            differ++
            if (!near[place]) away++
        }
        val agreement = 1 - differ / size
        val isNear = differ / size <= allowed && away / size <= maxOf(LEAST_PIXELS / size, AWAY_SHARE * allowed)
        val likely = if (isNear) "" else Likeness.of(found, golden, agreement, before)
        return Judged(agreement, allowed, isNear, likely)
    }
}
