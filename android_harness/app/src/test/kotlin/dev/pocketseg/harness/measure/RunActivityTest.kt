package dev.pocketseg.harness.measure

import android.app.KeyguardManager
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.RunActivity
import dev.pocketseg.harness.TurnActivity
import dev.pocketseg.harness.backends.Backends
import dev.pocketseg.harness.backends.Given
import dev.pocketseg.harness.measure.JobOnJvm.Companion.text
import org.junit.After
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

/** What a job is refused for; package `real` has those that run. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 31, 35])
class RunActivityTest {
    private val app = RuntimeEnvironment.getApplication()
    private val jvm = OneJvm(app)
    private val job = JobOnJvm(app, jvm)
    private val backends = TurnActivity.backends

    @Before
    fun begin() = jvm.begin()

    @After
    fun restore() {
        jvm.restore()
        TurnActivity.backends = backends
    }

    @Test
    fun `a runtime without its natives gives a refused record in plain words and the job goes on`() {
        val bundle = job.kept()
        TurnActivity.backends = { _, order -> Backends.ofApp(Given.NO_NATIVES, order.kernels) }
        for (record in job.records(bundle, null).values) {
            assertTrue(text(record, "status") == "refused")
            assertTrue(text(record, "reason").startsWith("this build of the app has no lib"))
        }
    }

    @Test
    fun `a bundle that is not there, or no hash at all, is refused and said so`() {
        for (hash in listOf("a".repeat(64), "../../etc")) {
            val said = text(job.refused(hash), "reason")
            assertTrue(said, said.isNotEmpty())
        }
    }

    @Test
    fun `a locked screen is refused with the reason`() {
        shadowOf(app.getSystemService(KeyguardManager::class.java)).setKeyguardLocked(true)
        assertTrue("locked" in text(job.refused("a".repeat(64)), "reason"))
    }

    @Test
    fun `without a job's id the screen closes and nothing is written`() {
        val intent = RunActivity.intent(app, "a".repeat(64), "../../evil", null)
        val screen = Robolectric.buildActivity(RunActivity::class.java, intent).create().get()
        assertTrue(screen.isFinishing)
        assertTrue(Places.jobs(app).list().isNullOrEmpty())
    }
}
