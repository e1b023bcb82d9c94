package dev.pocketseg.harness.screens

import android.app.Activity
import android.content.Intent
import android.net.Uri
import android.view.View
import android.widget.Button
import android.widget.TextView
import dev.pocketseg.harness.Places
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Bundles come in by sharing, viewing and picking; damaged ones leave nothing and say why. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [26, 31, 35])
class OpeningTest {
    private val uri = Uri.parse("content://some.app/shared/street.zip")

    private fun give(data: ByteArray) =
        shadowOf(Screens.app.contentResolver).registerInputStreamSupplier(uri) { data.inputStream() }

    private fun opened(intent: Intent) =
        Screens.open(BundlesActivity::class.java, intent.setClass(Screens.app, BundlesActivity::class.java)).get()

    private fun kept() = Places.bundles(Screens.app).kept()

    @Test
    fun `a bundle that is shared is kept and listed`() {
        give(Sample.zip)
        val activity = opened(Intent(Intent.ACTION_SEND).setType("application/zip").putExtra(Intent.EXTRA_STREAM, uri))
        assertEquals(1, kept().size)
        assertTrue(Layouts.texts(activity), "Street clothes, five photos" in Layouts.texts(activity))
        assertTrue("4 files · 5 photos" in Layouts.texts(activity))
    }

    @Test
    fun `a bundle that is viewed is kept once, also where the screen turns`() {
        give(Sample.zip)
        val intent = Intent(Intent.ACTION_VIEW).setDataAndType(uri, "application/zip")
        val controller = Screens.open(
            BundlesActivity::class.java,
            intent.setClass(Screens.app, BundlesActivity::class.java),
        )
        assertEquals(1, kept().size)
        Places.bundles(Screens.app).remove(kept().single())
        controller.recreate()
        Screens.settle()
        assertEquals(0, kept().size)
    }

    @Test
    fun `a bundle that is picked is kept, and pressed it opens`() {
        give(Sample.zip)
        val activity = opened(Intent())
        Layouts.all(activity.window.decorView).filterIsInstance<Button>().first().performClick()
        val asked = shadowOf(activity).nextStartedActivityForResult
        assertEquals(Intent.ACTION_OPEN_DOCUMENT, asked.intent.action)
        shadowOf(activity).receiveResult(asked.intent, Activity.RESULT_OK, Intent().setData(uri))
        Screens.settle()
        val name = Layouts.all(activity.window.decorView).filterIsInstance<TextView>()
            .first { it.text.toString() == "Street clothes, five photos" }
        (name.parent as View).performClick()
        val next = shadowOf(activity).nextStartedActivity
        assertEquals(BundleActivity::class.java.name, next.component!!.className)
        assertEquals(kept().single(), next.getStringExtra("bundle"))
    }

    @Test
    fun `what is no bundle is refused in plain words, and nothing of it stays`() {
        val damaged = Sample.zip.copyOf().also { it[100] = (it[100].toInt() xor 1).toByte() }
        for (data in listOf(ByteArray(0), "PK".toByteArray(), Sample.zip.copyOf(Sample.zip.size / 2), damaged)) {
            give(data)
            val activity = opened(Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_STREAM, uri))
            val said = Layouts.texts(activity)
            assertTrue(said, "damaged" in said && "was not added" in said)
            assertEquals(0, Places.bundleFolder(Screens.app).list().orEmpty().size)
            Imports.forget()
        }
    }

    @Test
    fun `a file of the app's own, or none at all, is not taken`() {
        for (address in listOf(Uri.parse("file:///data/data/dev.pocketseg.harness/x.zip"), null)) {
            val activity = opened(Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_STREAM, address))
            assertTrue("The other app" in Layouts.texts(activity))
            Imports.forget()
        }
    }

    @Test
    fun `what another app does not let be read says so`() {
        shadowOf(Screens.app.contentResolver)
            .registerInputStreamSupplier(uri) { throw SecurityException("no permission") }
        val activity = opened(Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_STREAM, uri))
        assertTrue(Layouts.texts(activity), "does not let it be read" in Layouts.texts(activity))
        Imports.forget()
    }

    @Test
    fun `without a bundle the screen says how to make one`() {
        val activity = opened(Intent())
        assertTrue("pocketseg device bundle" in Layouts.texts(activity))
    }
}
