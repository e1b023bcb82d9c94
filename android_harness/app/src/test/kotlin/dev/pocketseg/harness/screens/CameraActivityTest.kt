package dev.pocketseg.harness.screens

import android.Manifest
import android.app.Activity
import android.content.pm.PackageManager
import android.widget.Button
import dev.pocketseg.harness.backends.Backends
import dev.pocketseg.harness.core.BundleContent
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.shadows.ShadowAlertDialog

/** What the camera's screen asks, says and offers; a computer has no camera to show. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [26, 31, 35])
class CameraActivityTest {
    private fun texts(activity: Activity) = Layouts.texts(activity)

    private fun buttons(activity: Activity, text: String) =
        Layouts.all(activity.window.decorView).filterIsInstance<Button>().filter { it.text.toString() == text }

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
