package dev.pocketseg.harness.backends

import android.os.Build
import dalvik.system.BaseDexClassLoader
import dev.pocketseg.harness.run.CannotRun

/** Which native libraries are in this app; asked without loading them, which would spend the memory of whoever asks. */
fun interface Natives {
    /** Say in plain words that a library is not there; null where it is, or where that is not known before it is loaded. */
    fun absent(library: String): String?
}

/** What Android found in the installed app for this device's processor. */
class PackagedNatives(private val loader: ClassLoader?) : Natives {
    override fun absent(library: String): String? {
        if (loader !is BaseDexClassLoader || loader.findLibrary(library) != null) return null
        val machine = Build.SUPPORTED_ABIS.firstOrNull() ?: "this device"
        return "this build of the app has no ${System.mapLibraryName(library)} for $machine"
    }
}

/** Do what loads a runtime's libraries, and say in plain words where they are not there or do not fit the device. */
internal inline fun <T> loadingNatives(tool: String, work: () -> T): T = try {
    work()
} catch (error: LinkageError) {
    throw CannotRun("the libraries of $tool are not in this build of the app, or do not load: ${reason(error)}", error)
}

@PublishedApi
internal fun reason(error: Throwable): String {
    var cause = error
    while (cause.message == null && cause.cause != null) cause = cause.cause!!
    return cause.message ?: cause.javaClass.simpleName
}
