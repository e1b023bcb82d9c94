package dev.pocketseg.harness

import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config

/** The least, a middle and the newest level that runs on Java 17. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 31, 35])
class LevelsTest {
    @Test
    fun `the app has its own name and resources on every level`() {
        val app = RuntimeEnvironment.getApplication()
        assertEquals("dev.pocketseg.harness", app.packageName)
        assertEquals("PocketSeg", app.getString(R.string.app_name))
    }
}
