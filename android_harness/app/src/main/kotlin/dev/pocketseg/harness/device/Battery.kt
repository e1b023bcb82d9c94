package dev.pocketseg.harness.device

import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.os.BatteryManager
import dev.pocketseg.harness.run.Known

/** What the battery's last broadcast says; it is sticky, so asking costs nothing and waits for nothing. */
class Battery(val temperatureC: Known<Double>, val power: Known<String>) {
    companion object {
        private const val ABSENT = Int.MIN_VALUE
        private const val TENTHS = 10.0
        private val PLAUSIBLE = -1000..2000

        fun of(context: Context): Battery =
            of(context.registerReceiver(null, IntentFilter(Intent.ACTION_BATTERY_CHANGED)))

        fun of(broadcast: Intent?): Battery {
            if (broadcast == null) {
                val why = "the system says nothing of the battery"
                return Battery(Known.unknown(why), Known.unknown(why))
            }
            return Battery(
                temperature(broadcast.getIntExtra(BatteryManager.EXTRA_TEMPERATURE, ABSENT)),
                power(broadcast.getIntExtra(BatteryManager.EXTRA_PLUGGED, ABSENT)),
            )
        }

        private fun temperature(tenths: Int): Known<Double> = when (tenths) {
            ABSENT -> Known.unknown("the system does not say how warm the battery is")
            in PLAUSIBLE -> Known.of(tenths / TENTHS)
            else -> Known.unknown("the battery cannot be as warm as the system says")
        }

        private fun power(plugged: Int): Known<String> = when (plugged) {
            ABSENT -> Known.unknown("the system does not say where the power comes from")
            0 -> Known.of("battery")
            else -> Known.of("mains")
        }
    }
}
