package dev.pocketseg.examples

import android.graphics.Bitmap
import org.json.JSONObject
import org.tensorflow.lite.Interpreter
import java.io.Closeable
import java.io.File
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** A .tflite file beside its manifest.json. */
class TfliteSegmenter(folder: File, threads: Int) : Closeable {
    private val manifest = JSONObject(File(folder, "manifest.json").readText())
    private val height = manifest.getInt("input_height_px")
    private val width = manifest.getInt("input_width_px")
    private val classes = manifest.getJSONArray("classes").length()
    private val input = ByteBuffer.allocateDirect(4 * height * width * 3).order(ByteOrder.nativeOrder())
    private val scores = ByteBuffer.allocateDirect(4 * height * width * classes).order(ByteOrder.nativeOrder())
    private val interpreter =
        Interpreter(File(folder, manifest.getString("file")), Interpreter.Options().setNumThreads(threads))

    /** The class of each pixel, row by row, at the size of the input. */
    fun segment(photo: Bitmap): IntArray {
        val pixels = IntArray(height * width)
        Bitmap.createScaledBitmap(photo, width, height, true).getPixels(pixels, 0, width, 0, 0, width, height)
        input.clear()
        for (pixel in pixels) for (channel in 0..2) input.putFloat(value(pixel, channel)) // RGB, 0 to 255
        interpreter.run(input.rewind(), scores.rewind())
        return IntArray(pixels.size) { pixel -> best { scores.getFloat(4 * (pixel * classes + it)) } } // NHWC
    }

    private fun value(pixel: Int, channel: Int) = (pixel shr (16 - 8 * channel) and 0xFF).toFloat()

    private fun best(score: (Int) -> Float) = (0 until classes).reduce { a, b -> if (score(b) > score(a)) b else a }

    override fun close() = interpreter.close()
}
