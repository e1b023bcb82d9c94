package dev.pocketseg.harness.screens

import android.graphics.Bitmap
import android.view.View.MeasureSpec
import dev.pocketseg.harness.core.Facing
import dev.pocketseg.harness.core.Plane
import dev.pocketseg.harness.views.MaskView
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotSame
import org.junit.Assert.assertSame
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.nio.ByteBuffer

/** A camera's frames become pictures and masks that stand upright, in memory that is used again. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [26, 35])
class LiveFramesTest {
    private val planes = listOf(plane(8 * 6, 200), plane(4 * 3, 128), plane(4 * 3, 128))

    private fun plane(size: Int, value: Int): Plane {
        val stride = if (size == 8 * 6) 8 else 4
        return Plane(ByteBuffer.wrap(ByteArray(size) { value.toByte() }), 0, stride, 1)
    }

    @Test
    fun `a frame is turned by its sensor and used again three frames later`() {
        val hash = Screens.keepSample()
        val bundle = Preview.bundle(Screens.app, hash)
        Preview.open(Screens.app, bundle, 0).use { preview ->
            val frames = LiveFrames(preview, Drawn.colorsRgb)
            val first = frames.of(6, 8, planes, 90, Facing.AS_TAKEN)
            assertEquals(8 to 6, first.picture.height to first.picture.width)
            assertEquals(0xFFC8C8C8.toInt(), first.picture.getPixel(0, 0))
            assertEquals(Sample.HEIGHT_PX to Sample.WIDTH_PX, first.mask.height to first.mask.width)
            val next = frames.of(6, 8, planes, 90, Facing.MIRRORED)
            assertNotSame(first.picture, next.picture)
            frames.of(6, 8, planes, 90, Facing.AS_TAKEN)
            assertSame(first.picture, frames.of(6, 8, planes, 90, Facing.AS_TAKEN).picture)
        }
        bundle.close()
    }

    @Test
    fun `a camera is turned with the display, the front one the other way`() {
        val back = listOf(0, 90, 180, 270).map { CameraTurn.degrees(90, it, isFront = false) }
        val front = listOf(0, 90, 180, 270).map { CameraTurn.degrees(270, it, isFront = true) }
        assertEquals(listOf(90, 0, 270, 180), back)
        assertEquals(listOf(270, 0, 90, 180), front)
    }

    @Test
    fun `a picture of any shape fits its view`() {
        val view = MaskView(Screens.app)
        view.mostHeightPx = 500
        for ((width, height) in listOf(400 to 100, 100 to 400, 1 to 3000)) {
            view.show(
                Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888),
                null,
                null,
            )
            view.measure(
                MeasureSpec.makeMeasureSpec(300, MeasureSpec.EXACTLY),
                MeasureSpec.makeMeasureSpec(0, MeasureSpec.UNSPECIFIED),
            )
            assertEquals(minOf(300 * height / width, 500), view.measuredHeight)
        }
    }
}
