package dev.pocketseg.harness.backends

import dev.pocketseg.harness.TurnActivity
import java.io.File

/** TensorFlow Lite's library for Linux, loaded once for each of Robolectric's levels, which have loaders of their own. */
object JvmNatives {
    private const val TFLITE = "/native/lib/libtensorflowlite_jni.so"
    private var isLoaded = false

    @Synchronized
    fun load() {
        if (isLoaded) return
        val file = File.createTempFile("tensorflowlite", ".so")
        file.deleteOnExit()
        JvmNatives::class.java.getResourceAsStream(TFLITE)!!.use { from -> file.outputStream().use { from.copyTo(it) } }
        System.load(file.path)
        isLoaded = true
    }

    /** Use a runtime on a thread whose stack is as deep as in the app. */
    fun <T> deep(work: () -> T): T {
        var found: Result<T>? = null
        val thread = Thread(null, { found = runCatching(work) }, "deep", TurnActivity.STACK_BYTES)
        thread.start()
        thread.join()
        return found!!.getOrThrow()
    }
}
