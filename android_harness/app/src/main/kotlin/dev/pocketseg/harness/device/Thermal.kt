package dev.pocketseg.harness.device

import android.content.Context
import android.os.Build
import android.os.PowerManager
import dev.pocketseg.harness.NewerApi
import dev.pocketseg.harness.run.Known

/** The system's word for heat that slows the device; empty for none. */
object Thermal {
    private val WORDS = listOf("", "light", "moderate", "severe", "critical", "emergency", "shutdown")

    fun status(context: Context): Known<String> {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.Q) {
            return Known.unknown("Android says this from version 10 on")
        }
        return word(Newer.status(context.service<PowerManager>()))
    }

    fun word(status: Int): Known<String> =
        WORDS.getOrNull(status)?.let { Known.of(it) } ?: Known.unknown("the system says the unknown word $status")

    @NewerApi
    private object Newer {
        fun status(power: PowerManager): Int = power.currentThermalStatus
    }
}
