package dev.pocketseg.examples

import ai.onnxruntime.OnnxTensor
import ai.onnxruntime.OrtEnvironment
import ai.onnxruntime.OrtSession
import android.graphics.Bitmap
import org.json.JSONObject
import java.io.Closeable
import java.io.File
import java.nio.FloatBuffer

/** An .onnx file beside its manifest.json. */
class OnnxSegmenter(folder: File, threads: Int) : Closeable {
    private val manifest = JSONObject(File(folder, "manifest.json").readText())
    private val height = manifest.getInt("input_height_px")
    private val width = manifest.getInt("input_width_px")
    private val classes = manifest.getJSONArray("classes").length()
    private val runtime = OrtEnvironment.getEnvironment()
    private val options = OrtSession.SessionOptions().apply { setIntraOpNumThreads(threads) }
    private val session = runtime.createSession(File(folder, manifest.getString("file")).path, options)

    /** The class of each pixel, row by row, at the size of the input. */
    fun segment(photo: Bitmap): IntArray {
        val pixels = IntArray(height * width)
        Bitmap.createScaledBitmap(photo, width, height, true).getPixels(pixels, 0, width, 0, 0, width, height)
        val input = FloatArray(3 * pixels.size) { value(pixels[it % pixels.size], it / pixels.size) } // RGB, 0 to 255
        val shape = longArrayOf(1, 3, height.toLong(), width.toLong()) // NCHW
        OnnxTensor.createTensor(runtime, FloatBuffer.wrap(input), shape).use { tensor ->
            session.run(mapOf(session.inputNames.first() to tensor)).use { outputs ->
                val scores = (outputs[0] as OnnxTensor).floatBuffer
                return IntArray(pixels.size) { pixel -> best { scores.get(it * pixels.size + pixel) } }
            }
        }
    }

    private fun value(pixel: Int, channel: Int) = (pixel shr (16 - 8 * channel) and 0xFF).toFloat()

    private fun best(score: (Int) -> Float) = (0 until classes).reduce { a, b -> if (score(b) > score(a)) b else a }

    override fun close() = session.use { options.close() }
}
