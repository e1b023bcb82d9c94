package dev.pocketseg.harness.measure

import android.app.ActivityManager
import android.app.ApplicationExitInfo
import android.content.Context
import android.os.Build
import dev.pocketseg.harness.NewerApi
import dev.pocketseg.harness.device.service

/** Why a process of this app ended, in the system's words. */
object ExitReasons {
    private const val LOOKS = 20
    private const val LOOK_EVERY_MS = 100L

    /**
     * Ask for it; the system writes it down a moment after the end.
     *
     * [sinceMs]: when the process was started, by the device's clock. Numbers of processes come again, and an end before
     * that was another's.
     */
    fun of(context: Context, pid: Int, sinceMs: Long): String {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.R) return "Android says why from version 11 on"
        repeat(LOOKS) {
            Newer.said(context, pid, sinceMs)?.let { return it }
            Thread.sleep(LOOK_EVERY_MS)
        }
        return "Android does not say why"
    }

    @NewerApi
    private object Newer {
        fun said(context: Context, pid: Int, sinceMs: Long): String? = context.service<ActivityManager>()
            .getHistoricalProcessExitReasons(context.packageName, pid, 0)
            .filter { it.timestamp >= sinceMs }
            .maxByOrNull { it.timestamp }
            ?.let { sentence(it.reason, it.status, it.description) }
    }

    /** Numbers are those of [ApplicationExitInfo]; newer Android may know more. */
    fun sentence(reason: Int, status: Int, description: String?): String {
        val word = when (reason) {
            1 -> "it ended itself with status $status"
            2 -> "signal $status"
            3 -> "low memory"
            4 -> "crash"
            5 -> "crash in native code" + if (status > 0) " by signal $status" else ""
            6 -> "it did not respond"
            7 -> "it could not be initialised"
            8 -> "a permission was changed"
            9 -> "it used too much of a resource"
            10 -> "a person ended it"
            11 -> "a user was stopped"
            12 -> "a process that it depends on ended"
            13 -> "ended by the system"
            14 -> "frozen"
            15 -> "the app's state was changed"
            16 -> "the app was updated"
            else -> "reason $reason"
        }
        return if (description.isNullOrBlank()) word else "$word ($description)"
    }
}
