package dev.pocketseg.harness.device

import android.graphics.Bitmap
import android.graphics.Color
import android.os.Build
import dev.pocketseg.harness.core.JsonArray
import dev.pocketseg.harness.core.JsonBoolean
import dev.pocketseg.harness.core.JsonNumber
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonReader
import dev.pocketseg.harness.core.JsonText
import dev.pocketseg.harness.core.JsonValue
import dev.pocketseg.harness.core.Picture
import dev.pocketseg.harness.core.Turns
import dev.pocketseg.harness.screens.Photos
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.ByteArrayOutputStream
import java.io.File
import java.util.Locale
import kotlin.math.abs

/** Photos as Android's own decoder gives them; what runs here is that of its sources, built for a computer. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [26, 31, 35])
class DecodingTest {
    private val app = RuntimeEnvironment.getApplication()
    private val folder = File(System.getProperty("pocketseg.checkout") ?: "../..", "conformance/cases")

    @Test
    fun `files decode to their colours, upright, and without loss to the last bit`() {
        for (case in items(read("decode.json"), "cases")) {
            val name = text(case, "file")
            if (name == SEEN_THROUGH) continue // refused, which another test looks at
            if (name == TURNED && Build.VERSION.SDK_INT < READS_EXIF) continue
            val said = case["is"] as JsonObject
            val found = PhotoDecoder.decode(File(folder, name))
            val sides = items(said, "shape").map { (it as JsonNumber).toLong().toInt() }
            assertEquals(name, sides, listOf(found.heightPx, found.widthPx, 3))
            val right = File(folder, text(said, "file")).readBytes()
            if ((case["exact"] as JsonBoolean).value) {
                assertArrayEquals(name, right, found.rgb)
            } else {
                val most = right.indices.maxOf { abs((right[it].toInt() and 0xFF) - (found.rgb[it].toInt() and 0xFF)) }
                assertTrue("$name is off by $most", most <= MOST_OFF)
            }
        }
    }

    @Test
    @Config(sdk = [READS_EXIF, 35])
    fun `each orientation stands upright, where it is measured and where it is shown`() {
        val stored = Bitmap.createBitmap(WIDTH, HEIGHT, Bitmap.Config.ARGB_8888)
        for (y in 0 until HEIGHT) for (x in 0 until WIDTH) stored.setPixel(x, y, color(x, y))
        val jpeg = ByteArrayOutputStream().also { stored.compress(Bitmap.CompressFormat.JPEG, 100, it) }.toByteArray()
        val colors = IntArray(HEIGHT * WIDTH).also { stored.getPixels(it, 0, WIDTH, 0, 0, WIDTH, HEIGHT) }
        for (orientation in 1..8) {
            val right = Turns.upright(Picture.ofArgb(HEIGHT, WIDTH, colors), orientation)
            val data = turned(jpeg, orientation)
            val measured = PhotoDecoder.decode(File(app.cacheDir, "photo.jpg").apply { writeBytes(data) })
            assertEquals(quarters(right), quarters(measured))
            val shown = Photos.decoded(data, WIDTH)!!
            val pixels = IntArray(shown.width * shown.height)
            shown.getPixels(pixels, 0, shown.width, 0, 0, shown.width, shown.height)
            assertEquals(quarters(right), quarters(Picture.ofArgb(shown.height, shown.width, pixels)))
        }
    }

    private fun color(x: Int, y: Int) = Color.rgb(
        if (x < WIDTH / 2) 0 else 255,
        if (y < HEIGHT / 2) 0 else 255,
        if (x < WIDTH / 2 && y < HEIGHT / 2) 255 else 0,
    )

    /** Its size, and of each quarter which colours it has. */
    private fun quarters(picture: Picture): List<Any> {
        val places = listOf(1 to 1, 1 to 3, 3 to 1, 3 to 3)
        val colors = places.map { (row, column) ->
            (0..2).map { picture.at(picture.heightPx * row / 4, picture.widthPx * column / 4, it) > 127 }
        }
        return listOf(picture.heightPx, picture.widthPx, colors)
    }

    /** The same JPEG with an Exif segment that holds an orientation and nothing else. */
    private fun turned(jpeg: ByteArray, orientation: Int): ByteArray {
        val entry = "011200030000000100%02X0000".format(Locale.ROOT, orientation)
        val tiff = "4D4D002A00000008" + "0001" + entry + "00000000"
        val exif = "457869660000$tiff"
        val segment = "FFE1%04X".format(Locale.ROOT, exif.length / 2 + 2) + exif
        val bytes = ByteArray(segment.length / 2) { segment.substring(2 * it, 2 * it + 2).toInt(16).toByte() }
        return jpeg.copyOf(2) + bytes + jpeg.copyOfRange(2, jpeg.size)
    }

    private fun read(name: String) = JsonReader.read(File(folder, name).readBytes()) as JsonObject

    private fun items(of: JsonValue, name: String) = ((of as JsonObject)[name] as JsonArray).items

    private fun text(of: JsonValue, name: String) = ((of as JsonObject)[name] as JsonText).text

    private operator fun JsonValue.get(name: String) = (this as JsonObject)[name]

    private companion object {
        const val WIDTH = 32
        const val HEIGHT = 48
        const val MOST_OFF = 4
        const val SEEN_THROUGH = "decode/alpha.png"
        const val TURNED = "decode/turned.jpg"

        /** Robolectric's Android 8.0 reads no Exif from a file; a phone's does. */
        const val READS_EXIF = 31
    }
}
