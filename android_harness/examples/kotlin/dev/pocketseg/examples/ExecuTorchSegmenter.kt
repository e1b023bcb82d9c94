package dev.pocketseg.examples

import android.graphics.Bitmap
import org.json.JSONObject
import org.pytorch.executorch.EValue
import org.pytorch.executorch.Module
import org.pytorch.executorch.Tensor
import java.io.Closeable
import java.io.File

/** A .pte file beside its manifest.json. */
class ExecuTorchSegmenter(folder: File, threads: Int) : Closeable {
    private val manifest = JSONObject(File(folder, "manifest.json").readText())
    private val height = manifest.getInt("input_height_px")
    private val width = manifest.getInt("input_width_px")
    private val classes = manifest.getJSONArray("classes").length()
    private val module = Module.load(File(folder, manifest.getString("file")).path, Module.LOAD_MODE_MMAP, threads)

    /** The class of each pixel, row by row, at the size of the input. */
    fun segment(photo: Bitmap): IntArray {
        val pixels = IntArray(height * width)
        Bitmap.createScaledBitmap(photo, width, height, true).getPixels(pixels, 0, width, 0, 0, width, height)
        val input = FloatArray(3 * pixels.size) { value(pixels[it % pixels.size], it / pixels.size) } // RGB, 0 to 255
        val shape = longArrayOf(1, 3, height.toLong(), width.toLong()) // NCHW
        val scores = module.forward(EValue.from(Tensor.fromBlob(input, shape)))[0].toTensor().dataAsFloatArray
        return IntArray(pixels.size) { pixel -> best { scores[it * pixels.size + pixel] } }
    }

    private fun value(pixel: Int, channel: Int) = (pixel shr (16 - 8 * channel) and 0xFF).toFloat()

    private fun best(score: (Int) -> Float) = (0 until classes).reduce { a, b -> if (score(b) > score(a)) b else a }

    override fun close() = module.destroy()
}
