package dev.pocketseg.harness.core

/** How the golden check of a run came out, as a record says it; errors are shares of a photo's pixels. */
data class GoldenResult(
    val status: GoldenStatus,
    val reason: String,
    val values: Long,
    val maxAbsError: Double?,
    val tolerance: Double?,
)

/**
 * Holds a run's class maps against the golden ones: give it each photo's map in order, then the first photo's again.
 *
 * [accelerator], [arithmetic]: of what ran the file; null where that is not known.
 */
class GoldenCheck(private val bundle: Bundle, artifact: Int, accelerator: String?, arithmetic: Arithmetic?) {
    private val golden = bundle.content.golden[artifact]
    private val allowed = golden.allowed.getValue(golden.arithmetic.coarser(arithmetic))

    /** A file of 8-bit integers that nothing runs as such may be near its network's map instead. */
    private val mayBeAsNetwork = accelerator != "cpu" && golden.arithmetic == Arithmetic.INT8 &&
        arithmetic != Arithmetic.INT8
    private val faults = ArrayList<String>()
    private val judged = ArrayList<Judged>()
    private val ofNetwork = ArrayList<Pair<Int, Int>>() // equal pixels, and all, of each photo
    private var first: ClassMap? = null
    private var before: ClassMap? = null
    private var areAllEqual = true

    /** Judge the next photo's map; return the share of pixels on which it is the golden one. */
    fun add(found: ClassMap): Double {
        val photo = judged.size
        val said = Judge.judge(found, bundle.classMap(golden.maps[photo], photo), allowed[photo], before)
        val network = golden.networkMaps?.let { bundle.classMap(it[photo], photo) }
        if (network != null) ofNetwork.add(Judge.equalPixels(found, network) to network.pixels.size)
        val isAsNetwork = mayBeAsNetwork && network != null && Judge.judge(found, network, allowed[photo]).isNear
        if (!said.isNear && !isAsNetwork) faults.add(sentence(photo, said))
        before?.let { areAllEqual = areAllEqual && it == found }
        before = found
        if (photo == 0) first = found
        judged.add(said)
        return Decimals.rounded(said.agreement, PLACES)
    }

    /** Compare the first photo's map as it came again, after the others. */
    fun again(found: ClassMap) {
        if (first != null && first != found) {
            faults.add("photo 0 gave another class map when it was run again, after the others")
        }
    }

    /** Say how it came out. */
    fun result(): GoldenResult {
        if (judged.isEmpty()) return GoldenResult(GoldenStatus.NOT_CHECKED, "no photo was run", 0, null, null)
        val all = ArrayList(faults)
        if (judged.size > 1 && areAllEqual && all.isNotEmpty()) {
            all.add(0, "the output does not depend on the input: every photo gave the same class map")
        }
        if (all.isEmpty()) unlikeNetwork()?.let(all::add)
        val left = all.size - MOST_SAID
        val reason = all.take(MOST_SAID).joinToString("; ") + if (left > 0) "; and $left more" else ""
        val worst = judged.maxByOrNull { 1 - it.agreement - it.allowed }!!
        return GoldenResult(
            status = if (all.isEmpty()) GoldenStatus.PASSED else GoldenStatus.FAILED,
            reason = reason,
            values = bundle.content.photos.sumOf { it.heightPx.toLong() * it.widthPx },
            maxAbsError = Decimals.rounded(1 - worst.agreement, PLACES),
            tolerance = worst.allowed,
        )
    }

    private fun unlikeNetwork(): String? {
        if (ofNetwork.isEmpty()) return null
        val share = ofNetwork.sumOf { it.first.toLong() }.toDouble() / ofNetwork.sumOf { it.second.toLong() }
        if (share >= golden.leastNetworkAgreement) return null
        val shares = ofNetwork.map { it.first.toDouble() / it.second }
        val worst = shares.indices.minByOrNull { shares[it] }!!
        return "all photos are as the fp32 network gives them on ${Decimals.percent(share, 2)} of their pixels, " +
            "photo $worst on ${Decimals.percent(shares[worst], 2)}, and " +
            "${Decimals.percent(golden.leastNetworkAgreement, 2)} is asked: the file was exported wrong"
    }

    private fun sentence(photo: Int, said: Judged): String {
        val likely = if (said.likely.isEmpty()) "" else ": ${said.likely}"
        val wanted = 1 - said.allowed
        if (said.agreement >= wanted) {
            return "photo $photo differs from the desktop's run away from the edges of its classes$likely"
        }
        return "photo $photo is as the desktop's run gave it on ${Decimals.percent(
            said.agreement,
            2,
        )} of its pixels, " +
            "and ${Decimals.percent(wanted, 2)} is asked$likely"
    }

    private companion object {
        const val MOST_SAID = 3
        const val PLACES = 8
    }
}
