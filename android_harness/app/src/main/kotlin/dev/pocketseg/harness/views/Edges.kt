package dev.pocketseg.harness.views

import android.app.Activity
import android.os.Build
import android.view.View
import android.view.WindowInsets
import dev.pocketseg.harness.NewerApi
import dev.pocketseg.harness.R

/**
 * Draws a window below the system's bars and around the camera's cutout, on every level alike.
 *
 * Android 15 draws so whatever an app asks for. The members below are older than what replaced them, and work on all levels.
 */
object Edges {
    /** Draw so, and pass on how far bars and cutout reach in. */
    @Suppress("DEPRECATION")
    fun draw(activity: Activity, root: View, take: (left: Int, top: Int, right: Int, bottom: Int) -> Unit) {
        var flags = View.SYSTEM_UI_FLAG_LAYOUT_STABLE or View.SYSTEM_UI_FLAG_LAYOUT_FULLSCREEN or
            View.SYSTEM_UI_FLAG_LAYOUT_HIDE_NAVIGATION
        if (activity.resources.getBoolean(R.bool.is_light)) {
            flags = flags or View.SYSTEM_UI_FLAG_LIGHT_STATUS_BAR or View.SYSTEM_UI_FLAG_LIGHT_NAVIGATION_BAR
        }
        activity.window.decorView.systemUiVisibility = flags
        root.setOnApplyWindowInsetsListener { _, insets ->
            val cutout = cutout(insets)
            take(
                maxOf(insets.systemWindowInsetLeft, cutout[0]),
                maxOf(insets.systemWindowInsetTop, cutout[1]),
                maxOf(insets.systemWindowInsetRight, cutout[2]),
                maxOf(insets.systemWindowInsetBottom, cutout[3]),
            )
            insets
        }
    }

    @NewerApi
    private fun cutout(insets: WindowInsets): IntArray {
        val none = IntArray(4)
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.P) return none
        val cutout = insets.displayCutout ?: return none
        return intArrayOf(cutout.safeInsetLeft, cutout.safeInsetTop, cutout.safeInsetRight, cutout.safeInsetBottom)
    }
}
