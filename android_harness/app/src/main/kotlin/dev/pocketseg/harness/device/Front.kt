package dev.pocketseg.harness.device

import android.app.ActivityManager
import android.app.KeyguardManager
import android.content.Context
import android.os.PowerManager
import dev.pocketseg.harness.run.Readiness

/** Whether a person could see this process just now: it is scheduled as such only while they could. */
class Front(private val context: Context, private val leastImportance: Int, private val importance: () -> Int) {
    constructor(context: Context, leastImportance: Int) : this(context, leastImportance, ::ownImportance)

    /** The less the number, the more the process counts. */
    fun isInFront(): Boolean = importance() <= leastImportance

    fun readiness(): Readiness = when {
        !context.service<PowerManager>().isInteractive ->
            Readiness(false, "the screen is off; switch it on")
        context.service<KeyguardManager>().isKeyguardLocked ->
            Readiness(false, "the screen is locked; unlock it")
        !isInFront() -> Readiness(false, "the app is not in front; bring it there and leave it")
        else -> Readiness(true, "")
    }

    companion object {
        /** Its own Activity has the screen: that of a process that is measured. */
        const val ON_TOP = ActivityManager.RunningAppProcessInfo.IMPORTANCE_FOREGROUND

        /** Another Activity of the app, which is translucent, may lie above its own. */
        const val VISIBLE = ActivityManager.RunningAppProcessInfo.IMPORTANCE_VISIBLE

        private fun ownImportance(): Int {
            val own = ActivityManager.RunningAppProcessInfo()
            ActivityManager.getMyMemoryState(own)
            return own.importance
        }
    }
}
