package dev.pocketseg.harness.screens

import android.annotation.SuppressLint
import android.content.Context
import android.graphics.ImageFormat
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCaptureSession
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraDevice
import android.hardware.camera2.CameraManager
import android.hardware.camera2.CaptureRequest
import android.media.Image
import android.media.ImageReader
import android.os.Handler
import android.util.Size
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.Plane
import java.io.Closeable
import kotlin.math.abs

/** Passes a camera's newest frames on, on one thread; what goes wrong is said in words. */
class CameraFeed(
    private val context: Context,
    private val handler: Handler,
    private val isFront: Boolean,
    private val displayDegrees: Int,
    private val fail: (String) -> Unit,
) : Closeable {
    private val cameras = context.getSystemService(CameraManager::class.java)!!
    private var device: CameraDevice? = null
    private var session: CameraCaptureSession? = null
    private var reader: ImageReader? = null
    private var isClosed = false

    /** Whether the picture is shown as in a mirror, as one's own is. */
    var isMirrored = false
        private set

    /** Open it; [take] is given each frame's height, width, planes, and by how many degrees to turn it clockwise. */
    @SuppressLint("MissingPermission") // the screen has asked
    fun open(take: (heightPx: Int, widthPx: Int, planes: List<Plane>, degrees: Int) -> Unit) {
        try {
            val id = chosen() ?: return fail(context.getString(R.string.camera_none))
            val facts = cameras.getCameraCharacteristics(id)
            isMirrored = facts[CameraCharacteristics.LENS_FACING] == CameraCharacteristics.LENS_FACING_FRONT
            val sensor = facts[CameraCharacteristics.SENSOR_ORIENTATION] ?: 0
            val degrees = CameraTurn.degrees(sensor, displayDegrees, isMirrored)
            val sizes = facts[CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP]
                ?.getOutputSizes(ImageFormat.YUV_420_888)?.filterNotNull().orEmpty()
            val size = fitting(sizes) ?: return fail(context.getString(R.string.camera_none))
            val reader = ImageReader.newInstance(size.width, size.height, ImageFormat.YUV_420_888, MOST_IMAGES)
            this.reader = reader
            reader.setOnImageAvailableListener({ newest(it) { image -> give(image, degrees, take) } }, handler)
            cameras.openCamera(id, Opened(), handler)
        } catch (error: CameraAccessException) {
            fail(said(error))
        } catch (error: SecurityException) {
            fail(said(error))
        }
    }

    override fun close() {
        isClosed = true
        session?.close()
        device?.close()
        reader?.close()
    }

    /** The camera that looks the way that is asked for, else any. */
    private fun chosen(): String? {
        val wanted = if (isFront) CameraCharacteristics.LENS_FACING_FRONT else CameraCharacteristics.LENS_FACING_BACK
        val all = cameras.cameraIdList
        return all.firstOrNull { cameras.getCameraCharacteristics(it)[CameraCharacteristics.LENS_FACING] == wanted }
            ?: all.firstOrNull()
    }

    private fun fitting(sizes: List<Size>): Size? =
        sizes.minByOrNull { abs(it.width.toLong() * it.height - WANTED_PIXELS) }

    private fun newest(reader: ImageReader, use: (Image) -> Unit) {
        val image = try {
            reader.acquireLatestImage()
        } catch (_: IllegalStateException) {
            null // all that it may hold are held, or it was closed
        }
        image?.use { if (!isClosed) use(it) }
    }

    private fun give(image: Image, degrees: Int, take: (Int, Int, List<Plane>, Int) -> Unit) {
        val planes = image.planes.map { Plane(it.buffer, 0, it.rowStride, it.pixelStride) }
        take(image.height, image.width, planes, degrees)
    }

    private fun said(error: Exception) =
        context.getString(R.string.camera_failed, error.message ?: error.javaClass.simpleName)

    private inner class Opened : CameraDevice.StateCallback() {
        @Suppress("DEPRECATION") // what replaced it is newer than the oldest Android
        override fun onOpened(camera: CameraDevice) {
            device = camera
            val surface = reader?.surface
            if (isClosed || surface == null) return camera.close()
            try {
                camera.createCaptureSession(listOf(surface), Configured(camera), handler)
            } catch (error: CameraAccessException) {
                fail(said(error))
            }
        }

        override fun onDisconnected(camera: CameraDevice) {
            camera.close()
            if (!isClosed) fail(context.getString(R.string.camera_taken))
        }

        override fun onError(camera: CameraDevice, error: Int) {
            camera.close()
            if (!isClosed) fail(context.getString(R.string.camera_error, error))
        }
    }

    private inner class Configured(private val camera: CameraDevice) : CameraCaptureSession.StateCallback() {
        override fun onConfigured(made: CameraCaptureSession) {
            session = made
            val surface = reader?.surface
            if (isClosed || surface == null) return made.close()
            try {
                val request = camera.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW)
                request.addTarget(surface)
                request[CaptureRequest.CONTROL_AF_MODE] = CaptureRequest.CONTROL_AF_MODE_CONTINUOUS_VIDEO
                made.setRepeatingRequest(request.build(), null, handler)
            } catch (error: CameraAccessException) {
                fail(said(error))
            } catch (error: IllegalStateException) { // it was closed in between
                if (!isClosed) fail(said(error))
            }
        }

        override fun onConfigureFailed(made: CameraCaptureSession) = fail(context.getString(R.string.camera_no_session))
    }

    private companion object {
        const val WANTED_PIXELS = 640L * 480
        const val MOST_IMAGES = 2
    }
}
