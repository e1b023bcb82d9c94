package dev.pocketseg.harness.screens

import android.Manifest
import android.app.Activity
import android.content.Intent
import android.content.pm.PackageManager
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
import dev.pocketseg.harness.core.BundleContent
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
import org.robolectric.shadows.ShadowAlertDialog
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

    @Test
    fun `the camera is explained before it is asked for`() {
        val activity = Screens.open(CameraActivity::class.java, camera()).get()
        assertTrue("Pictures stay on this phone" in texts(activity))
        buttons(activity, "Allow the camera").single().performClick()
        assertEquals(
            listOf(Manifest.permission.CAMERA),
            shadowOf(activity).lastRequestedPermission.requestedPermissions.toList(),
        )
        val no = intArrayOf(PackageManager.PERMISSION_DENIED)
        activity.onRequestPermissionsResult(1, arrayOf(Manifest.permission.CAMERA), no)
        assertTrue("was refused" in texts(activity))
        assertEquals(1, buttons(activity, "Open the settings").size)
    }

    @Test
    fun `a device without a camera says so`() {
        shadowOf(Screens.app).grantPermissions(Manifest.permission.CAMERA)
        val controller = Screens.open(CameraActivity::class.java, camera())
        val end = System.nanoTime() + 20_000_000_000
        while ("no camera" !in texts(controller.get()) && System.nanoTime() < end) Screens.settle()
        assertTrue(texts(controller.get()), "no camera" in texts(controller.get()))
        controller.pause().stop().destroy()
    }

    @Test
    fun `the camera runs the file that is chosen of those that the app can run`() {
        shadowOf(Screens.app).grantPermissions(Manifest.permission.CAMERA)
        val controller = Screens.open(CameraActivity::class.java, camera())
        val activity = controller.get()
        await(activity) { buttons(activity, "topformer-tiny-fp32-512x384.tflite").isNotEmpty() }
        buttons(activity, "topformer-tiny-fp32-512x384.tflite").single().performClick()
        val dialog = shadowOf(ShadowAlertDialog.getLatestAlertDialog())
        assertEquals(3, dialog.items.size)
        assertFalse("${dialog.items.toList()}", dialog.items.any { it.endsWith(".pte") })
        dialog.clickOnItem(2)
        await(activity) { "it is refused here" in texts(activity) }
        await(activity) { buttons(activity, "u2netp-fp32-320x192.onnx").isNotEmpty() }
        controller.recreate()
        await(controller.get()) { buttons(controller.get(), "u2netp-fp32-320x192.onnx").isNotEmpty() }
        controller.pause().stop().destroy()
    }

    @Test
    fun `a file that no runtime of the app runs is not offered to the camera`() {
        val content = Preview.bundle(Screens.app, Screens.keepSample()).use { it.content }
        assertEquals(Offer(listOf(0, 1, 2), content.artifacts.take(3).map { it.name }, 0), offer(content, 3))
        assertEquals(1, offer(content, 1).chosen)
        Backends.all = { listOf(ColorBackend("ort")) }
        assertEquals(2, offer(content, 0).chosen)
        Backends.all = { emptyList() }
        assertEquals(emptyList<Int>(), offer(content, 0).places)
    }

    private fun offer(content: BundleContent, wanted: Int) = Offer.of(Screens.app, content, wanted)

    private fun await(activity: Activity, isThere: () -> Boolean) {
        val end = System.nanoTime() + 20_000_000_000
        while (!isThere() && System.nanoTime() < end) Screens.settle()
        assertTrue(texts(activity), isThere())
    }

    private fun camera() = CameraActivity.intent(Screens.app, Screens.keepSample(), 0)
}
