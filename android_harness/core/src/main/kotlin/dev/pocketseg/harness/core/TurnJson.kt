package dev.pocketseg.harness.core

/** A turn as JSON, as it stands in a record; what the device was like is there where it was looked at. */
internal object TurnJson {
    fun of(it: Turn): JsonObject {
        val found = sampled(it)
        return if (it.device == null) found else JsonObject(found.fields + ("device" to device(it.device)))
    }

    private fun sampled(it: Turn) = jsonObject(
        "number" to it.number,
        "started_s" to it.startedS,
        "before" to reading(it.before),
        "after" to reading(it.after),
        "wall_ms" to it.wallMs,
        "cpu_ms" to it.cpuMs,
        "waited_ms" to it.waitedMs,
        "others_ms" to it.othersMs,
        "stolen_ms" to it.stolenMs,
        "switches" to it.switches,
        "batch" to it.batch,
        "at_ms" to it.atMs,
        "pre_ms" to it.preMs,
        "execute_ms" to it.executeMs,
        "post_ms" to it.postMs,
    )

    private fun reading(it: Reading) = jsonObject("integer_ms" to it.integerMs, "memory_ms" to it.memoryMs)

    private fun device(it: TurnDevice) = jsonObject(
        "battery_c" to it.batteryC,
        "power" to it.power,
        "thermal" to it.thermal,
        "cores" to it.cores,
        "frequency_share" to it.frequencyShare,
        "foreground" to it.isForeground,
    )
}
