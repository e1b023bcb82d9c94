package dev.pocketseg.harness

import android.app.Activity
import org.robolectric.Robolectric

/** What tests need before they show a screen. */
object Windows {
    /** Show an empty one: Robolectric asks Android 12 for a class of Bluetooth that it lacks, the first time that it shows any. */
    fun begin() {
        try {
            Robolectric.buildActivity(Activity::class.java).setup().pause().stop().destroy()
        } catch (_: NoClassDefFoundError) {
            // It does not ask again.
        }
    }
}
