package dev.pocketseg.harness.screens

import android.app.Activity
import android.content.Intent
import android.net.Uri
import android.os.Parcelable
import android.view.View
import android.widget.Button
import android.widget.SeekBar
import android.widget.TextView
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.R
import dev.pocketseg.harness.RunActivity
import dev.pocketseg.harness.backends.Backends
import dev.pocketseg.harness.core.ArraySource
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.Hashes
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.util.zip.ZipInputStream

/** What each screen does with a bundle, on the least, a middle and the newest level. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [26, 31, 35])
class JourneyTest {
    private fun texts(activity: Activity) = Layouts.texts(activity)

    private fun buttons(activity: Activity, text: String) =
        Layouts.all(activity.window.decorView).filterIsInstance<Button>().filter { it.text.toString() == text }

    private fun bundle(hash: String) =
        Screens.open(BundleActivity::class.java, BundleActivity.intent(Screens.app, hash)).get()

    private fun photo(hash: String, artifact: Int) =
        Screens.open(PhotoActivity::class.java, PhotoActivity.intent(Screens.app, hash, artifact, 0))

    @Test
    fun `a bundle's files are verified and run, one or all`() {
        val hash = Screens.keepSample()
        val activity = bundle(hash)
        assertEquals(4, texts(activity).split("Hash verified").size - 1)
        buttons(activity, "Run all").single().performClick()
        val all = shadowOf(activity).nextStartedActivity
        assertEquals(RunActivity::class.java.name, all.component!!.className)
        assertEquals(hash, all.getStringExtra("bundle"))
        assertTrue(Hashes.isId(all.getStringExtra("job")!!))
        assertNull(all.getIntArrayExtra("only"))
        buttons(activity, "Run on GPU").single().performClick()
        assertEquals(listOf(4), shadowOf(activity).nextStartedActivity.getIntArrayExtra("only")!!.toList())
    }

    @Test
    fun `a file that is not what was listed is refused and cannot be run`() {
        val data = Sample.withDamagedFile
        // As damage on the disk, after it was taken in.
        val hash = Bundle.open(ArraySource(data)).use {
            it.sha256
        }
        Screens.keepSample()
        Places.bundles(Screens.app).file(hash).writeBytes(data)
        val activity = bundle(hash)
        assertTrue(texts(activity), "Refused: This bundle is damaged" in texts(activity))
        assertEquals(3, texts(activity).split("Hash verified").size - 1)
        assertEquals(3, buttons(activity, "See its masks").size)
    }

    @Test
    fun `a bundle that is not there says so`() {
        for (name in listOf("", "ab".repeat(32))) assertTrue("cannot be read" in texts(bundle(name)))
    }

    @Test
    fun `a photo gets the mask that the file gives, and turns keep what was chosen`() {
        val hash = Screens.keepSample()
        val controller = photo(hash, 1)
        assertTrue(texts(controller.get()), "of the pixels are as on the computer" in texts(controller.get()))
        assertTrue("one run, not a measurement" in texts(controller.get()))
        controller.get().findViewById<SeekBar>(R.id.wipe)!!.progress = 30
        controller.recreate()
        Screens.settle()
        assertEquals(30, controller.get().findViewById<SeekBar>(R.id.wipe)!!.progress)
        assertTrue("topformer-tiny-w8a8" in texts(controller.get()))
    }

    @Test
    fun `what cannot run says why, and the photo is still shown`() {
        val hash = Screens.keepSample()
        assertTrue("it is refused here" in texts(photo(hash, 2).get()))
        assertTrue("this app has no runtime executorch" in texts(photo(hash, 3).get()))
        Backends.all = { error("its library is broken") }
        assertTrue("its library is broken" in texts(photo(hash, 0).get()))
    }

    @Test
    fun `results show each kind of row, and details where one is pressed`() {
        val hash = Screens.keepSample()
        SampleJob.finished(Screens.app, hash)
        val controller = Screens.open(ResultsActivity::class.java, ResultsActivity.intent(Screens.app, SampleJob.JOB))
        val said = texts(controller.get())
        for (word in listOf("VALID", "UNSTABLE", "INVALID", "SIGSEGV", "Refused: the GPU", "95 % interval")) {
            assertTrue("$word is not in $said", word in said)
        }
        assertFalse("Most memory" in said)
        card(controller.get()).performClick()
        assertTrue("Most memory" in texts(controller.get()))
        controller.recreate()
        Screens.settle()
        assertTrue("Most memory" in texts(controller.get()))
    }

    private fun card(activity: Activity): View = Layouts.all(activity.window.decorView).filterIsInstance<TextView>()
        .first { it.text.toString() == "Details and reasons" }.parent as View

    @Test
    fun `results are shared as one zip of the job's folder`() {
        val hash = Screens.keepSample()
        SampleJob.finished(Screens.app, hash)
        val activity = Screens.open(
            ResultsActivity::class.java,
            ResultsActivity.intent(Screens.app, SampleJob.JOB),
        ).get()
        Layouts.all(activity.window.decorView).first { it.contentDescription == "Share the results" }.performClick()
        Screens.settle()
        val chooser = shadowOf(activity).nextStartedActivity

        @Suppress("DEPRECATION")
        val sent = chooser.getParcelableExtra<Parcelable>(Intent.EXTRA_INTENT) as Intent
        assertTrue(sent.flags and Intent.FLAG_GRANT_READ_URI_PERMISSION != 0)
        @Suppress("DEPRECATION")
        val uri = sent.getParcelableExtra<Parcelable>(Intent.EXTRA_STREAM) as Uri
        assertEquals(ShareProvider.uri(SampleJob.JOB), uri)
        val names = ZipInputStream(ShareProvider.file(Screens.app, SampleJob.JOB).inputStream()).use { zip ->
            generateSequence { zip.nextEntry?.name }.toSet()
        }
        assertEquals((0..4).map { "${SampleJob.JOB}/$it.json" }.toSet() + "${SampleJob.JOB}/progress.json", names)
    }

    @Test
    fun `a job that is not there has no results`() {
        for (job in listOf("", "..", SampleJob.JOB)) {
            val activity = Screens.open(ResultsActivity::class.java, ResultsActivity.intent(Screens.app, job)).get()
            assertTrue("no results" in texts(activity))
        }
    }
}
