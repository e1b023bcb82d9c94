package dev.pocketseg.harness.backends

import dev.pocketseg.harness.TurnActivity
import java.io.File
import java.io.FileInputStream
import java.io.InputStream

/**
 * TensorFlow Lite for this computer, loaded once for each of Robolectric's levels, which have loaders of their own.
 *
 * The phone's own library where `pocketseg.natives` names the folder in which scripts/android made it fit for a JVM;
 * else DJL's, which is older: files of 8-bit integers take it minutes a run, for its XNNPACK does not take them.
 */
object JvmNatives {
    private const val TFLITE = "libtensorflowlite_jni.so"
    private var isLoaded = false

    val folder: File? = System.getProperty("pocketseg.natives")?.takeIf { it.isNotEmpty() }?.let(::File)

    @Synchronized
    fun load() {
        if (isLoaded) return
        val file = File.createTempFile("tensorflowlite", ".so")
        file.deleteOnExit()
        from().use { from -> file.outputStream().use { from.copyTo(it) } }
        System.load(file.path)
        isLoaded = true
    }

    private fun from(): InputStream = folder?.let { FileInputStream(File(it, TFLITE)) }
        ?: JvmNatives::class.java.getResourceAsStream("/native/lib/$TFLITE")!!

    /** Use a runtime on a thread whose stack is as deep as in the app. */
    fun <T> deep(work: () -> T): T {
        var found: Result<T>? = null
        val thread = Thread(null, { found = runCatching(work) }, "deep", TurnActivity.STACK_BYTES)
        thread.start()
        thread.join()
        return found!!.getOrThrow()
    }
}
