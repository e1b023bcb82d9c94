package dev.pocketseg.harness.screens

/** By how much a camera's picture is turned so that it stands upright on the display. */
object CameraTurn {
    /** [sensorDegrees]: of SENSOR_ORIENTATION. [displayDegrees]: by which the display is turned from its natural way. */
    fun degrees(sensorDegrees: Int, displayDegrees: Int, isFront: Boolean): Int {
        val sign = if (isFront) 1 else -1 // a front camera sees the turn from the other side
        return Math.floorMod(sensorDegrees + sign * displayDegrees, 360)
    }
}
