package dev.pocketseg.examples

import android.graphics.Bitmap
import org.json.JSONObject
import org.pytorch.IValue
import org.pytorch.LiteModuleLoader
import org.pytorch.MemoryFormat
import org.pytorch.PyTorchAndroid
import org.pytorch.Tensor
import java.io.Closeable
import java.io.File

/** A .ptl file beside its manifest.json. */
class PyTorchSegmenter(folder: File, threads: Int) : Closeable {
    private val manifest = JSONObject(File(folder, "manifest.json").readText())
    private val height = manifest.getInt("input_height_px")
    private val width = manifest.getInt("input_width_px")
    private val classes = manifest.getJSONArray("classes").length()
    private val module = LiteModuleLoader.load(File(folder, manifest.getString("file")).path)

    init {
        PyTorchAndroid.setNumThreads(threads) // of the whole process
    }

    /** The class of each pixel, row by row, at the size of the input. */
    fun segment(photo: Bitmap): IntArray {
        val pixels = IntArray(height * width)
        Bitmap.createScaledBitmap(photo, width, height, true).getPixels(pixels, 0, width, 0, 0, width, height)
        val input = FloatArray(3 * pixels.size) { value(pixels[it % pixels.size], it / pixels.size) } // RGB, 0 to 255
        val tensor = Tensor.fromBlob(input, longArrayOf(1, 3, height.toLong(), width.toLong())) // NCHW
        val output = module.forward(IValue.from(tensor)).toTensor()
        val scores = output.dataAsFloatArray // as they lie in memory: 8-bit files give NHWC, whatever the shape says
        val isNhwc = output.memoryFormat() == MemoryFormat.CHANNELS_LAST
        return IntArray(pixels.size) { at -> best { scores[if (isNhwc) at * classes + it else it * pixels.size + at] } }
    }

    private fun value(pixel: Int, channel: Int) = (pixel shr (16 - 8 * channel) and 0xFF).toFloat()

    private fun best(score: (Int) -> Float) = (0 until classes).reduce { a, b -> if (score(b) > score(a)) b else a }

    override fun close() = module.destroy()
}
