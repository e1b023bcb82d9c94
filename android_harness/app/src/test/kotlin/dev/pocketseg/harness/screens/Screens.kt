package dev.pocketseg.harness.screens

import android.app.Activity
import android.app.Application
import android.content.Intent
import android.graphics.Bitmap
import android.graphics.Canvas
import android.os.Looper
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.Windows
import dev.pocketseg.harness.backends.Backends
import org.junit.Assert.assertTrue
import org.robolectric.Robolectric
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import java.io.ByteArrayOutputStream
import java.io.File

/** Opens screens in tests, waits until their work is done, and draws them. */
object Screens {
    val app: Application get() = RuntimeEnvironment.getApplication()
    private val folder = File(System.getProperty("pocketseg.target") ?: "target", "screenshots")

    /** Keep the sample bundle, with runtimes that run it; return its hash. */
    fun keepSample(zip: ByteArray = Sample.zip): String {
        Backends.all = { listOf(ColorBackend("litert"), ColorBackend("ort", refusal = "it is refused here")) }
        return Places.bundles(app).add(zip.inputStream()).name.removeSuffix(".zip")
    }

    fun <A : Activity> open(kind: Class<A>, intent: Intent = Intent(app, kind)): ActivityController<A> {
        Windows.begin()
        val controller = Robolectric.buildActivity(kind, intent).setup()
        settle()
        return controller
    }

    /** Wait until nothing waits or runs, neither on the main thread nor beside it. */
    fun settle() {
        val end = System.nanoTime() + 60_000_000_000
        var quiet = 0
        while (quiet < 3) {
            shadowOf(Looper.getMainLooper()).idle()
            val isBusy = !Work.isIdle || Imports.now is Import.Copying || Imports.now is Import.Checking
            quiet = if (isBusy) 0 else quiet + 1
            assertTrue("it does not come to rest", System.nanoTime() < end)
            Thread.sleep(5)
        }
        shadowOf(Looper.getMainLooper()).idle()
    }

    fun drawn(activity: Activity): Bitmap {
        shadowOf(Looper.getMainLooper()).idle()
        val view = activity.window.decorView
        val bitmap = Bitmap.createBitmap(view.width, view.height, Bitmap.Config.ARGB_8888)
        view.draw(Canvas(bitmap))
        return bitmap
    }

    fun save(bitmap: Bitmap, name: String) {
        folder.mkdirs()
        val data = ByteArrayOutputStream().also { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }.toByteArray()
        File(folder, "$name.png").writeBytes(data)
    }
}
