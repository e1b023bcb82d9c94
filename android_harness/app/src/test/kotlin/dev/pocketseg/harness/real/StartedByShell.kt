package dev.pocketseg.harness.real

import android.content.Intent
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.RunActivity
import dev.pocketseg.harness.TurnActivity
import dev.pocketseg.harness.measure.Asks
import dev.pocketseg.harness.measure.JobOnJvm
import dev.pocketseg.harness.measure.OneJvm
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File
import java.nio.file.Files

/**
 * No test by itself: the app, as a shell behind adb starts it, on the JVM of the computer that stands in for the phone.
 *
 * scripts/android/jvm_app.py gives the command. The bundle lies where a computer pushed it, and results are written where
 * a computer pulls them, which ends this JVM with the phone.
 */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [35])
class StartedByShell {
    private val app = RuntimeEnvironment.getApplication()
    private val jvm = OneJvm(app)

    @Test
    fun `run the job that the shell asks for`() {
        val bundle = File(System.getProperty("pocketseg.started.bundle")!!).name.removeSuffix(".zip")
        val job = System.getProperty("pocketseg.started.job")!!
        val results = File(System.getProperty("pocketseg.started.results")!!)
        val jobs = Places.jobs(app)
        jobs.parentFile!!.mkdirs()
        Files.createSymbolicLink(jobs.toPath(), results.parentFile!!.toPath()) // the phone's own folder of media
        jvm.begin()
        TurnActivity.backends = { _, _ -> Runtimes.all() }
        val asks = Intent(app, RunActivity::class.java).putExtra(Asks.BUNDLE, bundle).putExtra(Asks.JOB, job)
        Robolectric.buildActivity(RunActivity::class.java, asks).setup()
        jvm.pump(LIMIT_S) { JobOnJvm.state(results) !in setOf(null, "running") }
    }

    private companion object {
        const val LIMIT_S = 600L
    }
}
