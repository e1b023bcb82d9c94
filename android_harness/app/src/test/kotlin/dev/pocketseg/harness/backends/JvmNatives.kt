package dev.pocketseg.harness.backends

import dev.pocketseg.harness.deepThread
import java.io.File

/** The phone's own libraries, where scripts/android/natives made them fit for this computer's JVM. */
object JvmNatives {
    /** Where they lie, which the system's loader has been told before the JVM began; null where there are none. */
    val folder: File? = System.getProperty("pocketseg.natives")?.takeIf { it.isNotEmpty() }?.let(::File)

    /** Use a runtime on a thread whose stack is as deep as in the app. */
    fun <T> deep(work: () -> T): T {
        var found: Result<T>? = null
        val thread = deepThread("deep") { found = runCatching(work) }
        thread.start()
        thread.join()
        return found!!.getOrThrow()
    }
}
