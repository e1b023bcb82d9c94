package dev.pocketseg.harness.measure

import android.app.ActivityManager
import android.app.ApplicationExitInfo
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowActivityManager.ApplicationExitInfoBuilder

/** What Android says of a process that is gone. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [31, 35])
class ExitReasonsTest {
    private val app = RuntimeEnvironment.getApplication()
    private val manager = app.getSystemService(ActivityManager::class.java)

    @Test
    fun `the reason of this process is said, in words`() {
        ended(PID + 1, ApplicationExitInfo.REASON_ANR, 0, atMs = BEGAN_MS + 1)
        ended(PID, ApplicationExitInfo.REASON_CRASH_NATIVE, 11, atMs = BEGAN_MS + 1)
        assertEquals("crash in native code by signal 11", ExitReasons.of(app, PID, BEGAN_MS))
        ended(PID, ApplicationExitInfo.REASON_LOW_MEMORY, 0, atMs = BEGAN_MS + 2)
        assertEquals("low memory", ExitReasons.of(app, PID, BEGAN_MS))
    }

    @Test
    fun `an end from before the launch was that of another process with the number`() {
        ended(PID, ApplicationExitInfo.REASON_CRASH_NATIVE, 11, atMs = BEGAN_MS - 1)
        assertEquals("Android does not say why", ExitReasons.of(app, PID, BEGAN_MS))
        ended(PID, ApplicationExitInfo.REASON_SIGNALED, 9, atMs = BEGAN_MS)
        assertEquals("signal 9", ExitReasons.of(app, PID, BEGAN_MS))
    }

    @Test
    @Config(sdk = [26])
    fun `an Android that does not say why says since when it does`() {
        assertEquals("Android says why from version 11 on", ExitReasons.of(app, PID, BEGAN_MS))
    }

    private fun ended(pid: Int, reason: Int, status: Int, atMs: Long) = shadowOf(manager).addApplicationExitInfo(
        ApplicationExitInfoBuilder.newBuilder().setProcessName("${app.packageName}:turn").setPid(pid)
            .setReason(reason).setStatus(status).setTimestamp(atMs).build(),
    )

    private companion object {
        const val PID = 4321
        const val BEGAN_MS = 1_767_323_045_678L
    }
}
