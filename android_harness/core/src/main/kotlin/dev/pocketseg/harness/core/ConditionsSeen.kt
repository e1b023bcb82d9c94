package dev.pocketseg.harness.core

/**
 * Add what was seen of the device: before the first turn, in the turns, and after the last.
 *
 * One look at which the app was not in front, or the device saved power, is enough. Of words for heat the latest counts,
 * of frequencies the lowest of [start] and [end]: how fast cores were in a turn, the yardstick says better.
 */
fun Conditions.seen(start: StatePart?, turns: List<Turn>, end: StatePart?): Conditions {
    val states = listOfNotNull(start, end)
    val devices = turns.mapNotNull { it.device }
    val words = listOf(start?.thermal) + devices.map { it.thermal } + end?.thermal
    return copy(
        frequency = states.mapNotNull { it.frequencyShare }.minOrNull(),
        thermal = words.lastOrNull { !it.isNullOrEmpty() },
        isLowPower = states.any { it.isLowPower == true },
        isHidden = states.any { it.isForeground == false } || devices.any { it.isForeground == false },
    )
}
