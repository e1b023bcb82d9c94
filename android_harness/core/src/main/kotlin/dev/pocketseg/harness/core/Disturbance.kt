package dev.pocketseg.harness.core

/** What disturbed a turn; docs/method.md, "Undisturbed turns". */
object Disturbance {
    private const val NEAR_INTEGER = 1.10
    private const val NEAR_MEMORY = 1.25
    private const val WAITED_SHARE = 0.02
    private const val ASLEEP_SHARE = 0.05
    private const val OTHERS_SHARE = 0.15
    private const val OTHERS_MS = 20.0
    private const val STEADY = 0.05
    private const val STEADY_RUNS = 8

    /** The turns that nothing disturbed. [threads]: of the runtime, 0 where the engine chooses. */
    fun undisturbed(turns: List<Turn>, best: Reading, threads: Int): List<Turn> =
        turns.filter { of(it, best, threads) == null }

    /** Say what disturbed a turn; null where nothing did. */
    fun of(turn: Turn, best: Reading, threads: Int): String? {
        val much = maxOf(OTHERS_MS, OTHERS_SHARE * turn.wallMs)
        return slow(turn.before, best, "before") ?: slow(turn.after, best, "after") ?: when {
            turn.waitedMs != null && turn.waitedMs > WAITED_SHARE * turn.wallMs -> "it waited for a processor"
            threads == 1 && turn.cpuMs != null && turn.wallMs - turn.cpuMs > ASLEEP_SHARE * turn.wallMs ->
                "it did not run all the time"
            turn.stolenMs != null && turn.stolenMs > much -> "the host of this virtual machine took the processor"
            turn.othersMs != null && turn.othersMs > much -> "other processes worked beside it"
            !isSteady(turn.executeMs) -> "its speed changed within it"
            else -> null
        }
    }

    private fun slow(reading: Reading, best: Reading, at: String): String? = when {
        reading.integerMs > NEAR_INTEGER * best.integerMs -> "the processor was slow right $at it"
        reading.memoryMs > NEAR_MEMORY * best.memoryMs -> "memory was slow right $at it"
        else -> null
    }

    /** Whether the halves of a turn were alike; of an odd number the run in the middle is in neither. */
    private fun isSteady(runs: DoubleArray): Boolean {
        if (runs.size < STEADY_RUNS) return true
        val half = runs.size / 2
        val earlier = Samples.median(runs.copyOf(half))
        val later = Samples.median(runs.copyOfRange(runs.size - half, runs.size))
        return maxOf(earlier, later) <= (1 + STEADY) * minOf(earlier, later)
    }
}
