package dev.pocketseg.harness.core

/**
 * What the device was like during one turn, `/device` of a turn; null: not known, and `unknown` says why.
 *
 * [thermal]: the system's word for heat that slows, empty for none. [cores]: on which the process's threads were seen.
 * [frequencyShare]: of each of these, of its highest frequency; as long as [cores]. [isForeground]: all through the turn.
 */
data class TurnDevice(
    val batteryC: Double?,
    val power: String?,
    val thermal: String?,
    val cores: List<Int>?,
    val frequencyShare: List<Double>?,
    val isForeground: Boolean?,
)
