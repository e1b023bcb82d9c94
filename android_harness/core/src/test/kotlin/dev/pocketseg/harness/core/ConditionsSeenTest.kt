package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.TestFactory

/** What looks at the device amount to, by the cases of docs/method.md. */
class ConditionsSeenTest {
    @TestFactory
    fun `what was seen of the device is summed up`() = Cases.each(Cases.of("method").tables("seen")) {
        val turns = it.tables("turns").map(::lookedAt)
        val found = Conditions(isBestKnown = true).seen(state(it["start"]), turns, state(it["end"]))
        val said = it.table("is")
        assertEquals(said.doubleOrNull("frequency"), found.frequency)
        assertEquals(said.textOrNull("thermal"), found.thermal)
        assertEquals(boolean(said, "low_power"), found.isLowPower)
        assertEquals(boolean(said, "hidden"), found.isHidden)
    }

    private fun state(said: JsonValue?): StatePart? = (said as? JsonObject)?.let {
        StatePart(
            at = "2026-01-02T03:04:05Z",
            power = null,
            batteryC = null,
            thermal = it.textOrNull("thermal"),
            isLowPower = boolean(it, "low_power"),
            isForeground = boolean(it, "foreground"),
            busyCores = null,
            load1Min = null,
            frequencyShare = it.doubleOrNull("frequency_share"),
            governor = null,
        )
    }

    private fun lookedAt(said: JsonObject): Turn {
        val isSeen = said["cores"] is JsonArray
        val device = TurnDevice(
            batteryC = said.doubleOrNull("battery_c"),
            power = said.textOrNull("power"),
            thermal = said.textOrNull("thermal"),
            cores = if (isSeen) said.items("cores").map { (it as JsonNumber).toLong().toInt() } else null,
            frequencyShare = if (isSeen) said.doubles("frequency_share").toList() else null,
            isForeground = boolean(said, "foreground"),
        )
        val quick = Reading(0.4, 0.75)
        val none = DoubleArray(0)
        return Turn(0, 0.0, quick, quick, 1.0, null, null, null, null, null, none, none, device = device)
    }

    private fun boolean(said: JsonObject, name: String) = (said[name] as? JsonBoolean)?.value
}
