package dev.pocketseg.harness.core

import kotlin.math.abs

/** How far a measurement may be trusted. */
enum class VerdictKind { VALID, UNSTABLE, INVALID }

/** How the golden check came out. */
enum class GoldenStatus(val code: String) { PASSED("passed"), FAILED("failed"), NOT_CHECKED("not checked") }

/** What a measurement was made under; null: not known here. docs/method.md, "The verdict". */
data class Conditions(
    val isBestKnown: Boolean,
    val othersBefore: Double? = null,
    val othersDuring: Double? = null,
    val othersAfter: Double? = null,
    val stolen: Double? = null,
    val swappedBytes: Long? = null,
    val frequency: Double? = null,
    val thermal: String? = null,
    val isLowPower: Boolean? = null,
    val isHidden: Boolean? = null,
    val isDebugBuild: Boolean? = null,
    val hasDebugger: Boolean? = null,
    val isSimulator: Boolean? = null,
    val isTest: Boolean? = null,
    val acceleratorAsked: String = "cpu",
    val acceleratorObtained: String? = "cpu",
    val golden: GoldenStatus = GoldenStatus.PASSED,
    val goldenReason: String = "",
)

/** A verdict and its reasons: those that make it INVALID come first, VALID has none. */
data class Verdict(val kind: VerdictKind, val reasons: List<String>) {
    companion object {
        private const val LEAST_TURNS = 5
        private const val DRIFT = 0.05
        private const val OTHERS_CORES = 0.1
        private const val MANY_OTHERS_CORES = 0.5
        private const val STOLEN = 0.02
        private const val MUCH_STOLEN = 0.10
        private const val SWAPPED_BYTES = 16L shl 20
        private const val LOW_FREQUENCY = 0.9

        /** Judge a measurement. */
        fun of(found: Statistics, conditions: Conditions): Verdict {
            val invalid = ofSomethingElse(conditions) + tooFew(found) + disturbed(conditions)
            val unstable = doubtful(conditions) + unsure(found)
            return when {
                invalid.isNotEmpty() -> Verdict(VerdictKind.INVALID, invalid + unstable)
                unstable.isNotEmpty() -> Verdict(VerdictKind.UNSTABLE, unstable)
                else -> Verdict(VerdictKind.VALID, emptyList())
            }
        }

        private fun ofSomethingElse(c: Conditions): List<String> = buildList {
            if (c.isTest == true) add("it ran in a test, not in an app on a device")
            if (c.isDebugBuild == true) add("it is a debug build")
            if (c.hasDebugger == true) add("a debugger was attached")
            if (c.isSimulator == true) add("it ran in a simulator or an emulator, whose times are no device's")
            val obtained = c.acceleratorObtained?.let { "$it obtained" } ?: "what ran it is not known"
            if (c.acceleratorObtained != c.acceleratorAsked) add("${c.acceleratorAsked} was asked and $obtained")
            if (c.golden == GoldenStatus.FAILED) add("its output is not what it was at export: ${c.goldenReason}")
            if (c.isHidden == true) add("it was not in the foreground all the time")
        }

        private fun tooFew(found: Statistics): List<String> = buildList {
            val turns = if (found.turns == 1) "1 turn is" else "${found.turns} turns are"
            if (found.turns < LEAST_TURNS) add("$turns too few ($LEAST_TURNS are needed)")
        }

        private fun disturbed(c: Conditions): List<String> = buildList {
            if (c.othersDuring != null && c.othersDuring > MANY_OTHERS_CORES) {
                add("other processes kept ${Decimals.fixed(c.othersDuring, 2)} cores busy")
            }
            if (c.stolen != null && c.stolen > MUCH_STOLEN) {
                add("the host of this virtual machine took ${Decimals.percent(c.stolen, 0)} of the time")
            }
            if (c.swappedBytes != null && c.swappedBytes > SWAPPED_BYTES) {
                add("the system swapped ${Decimals.fixed(c.swappedBytes / 1e6, 0)} MB")
            }
            if (!c.thermal.isNullOrEmpty()) add("heat slowed it (${c.thermal})")
        }

        private fun doubtful(c: Conditions): List<String> = buildList {
            if (!c.isBestKnown) add("the best speed of this device is not known yet")
            othersBusy(c.othersBefore, Double.POSITIVE_INFINITY, "before")?.let(::add)
            othersBusy(c.othersDuring, MANY_OTHERS_CORES, "while")?.let(::add)
            othersBusy(c.othersAfter, Double.POSITIVE_INFINITY, "after")?.let(::add)
            if (c.stolen != null && c.stolen > STOLEN && c.stolen <= MUCH_STOLEN) {
                add("the host of this virtual machine took ${Decimals.percent(c.stolen, 1)} of the time")
            }
            if (c.frequency != null && c.frequency < LOW_FREQUENCY) {
                add("the processor ran at ${Decimals.percent(c.frequency, 0)} of its highest frequency")
            }
            if (c.isLowPower == true) add("the device saved power")
            if (c.golden == GoldenStatus.NOT_CHECKED) add("its output was not checked: ${c.goldenReason}")
        }

        private fun othersBusy(cores: Double?, most: Double, at: String): String? =
            if (cores == null || cores <= OTHERS_CORES || cores > most) {
                null
            } else {
                "other processes kept ${Decimals.fixed(cores, 2)} cores busy $at it was measured"
            }

        private fun unsure(found: Statistics): List<String> = buildList {
            if (found.undisturbedTurns < Method.LEAST_UNDISTURBED) {
                add(
                    "${found.undisturbedTurns} of ${found.turns} turns were undisturbed " +
                        "(${Method.LEAST_UNDISTURBED} are needed)",
                )
            }
            val halfWidth = found.halfWidth
            if (halfWidth == null) {
                add("there is no interval of p50")
            } else if (halfWidth >= Method.HALF_WIDTH) {
                val asked = Decimals.percent(Method.HALF_WIDTH, 0)
                add("p50 is known to within ${Decimals.percent(halfWidth, 1)} ($asked is asked)")
            }
            if (found.drift != null && abs(found.drift) > DRIFT) {
                val way = if (found.drift > 0) "slower" else "faster"
                add("it grew $way by ${Decimals.percent(abs(found.drift), 1)} while it ran")
            }
        }
    }
}
