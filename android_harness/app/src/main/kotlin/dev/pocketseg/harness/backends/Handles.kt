package dev.pocketseg.harness.backends

import java.io.Closeable

/** What a session holds of its runtime, closed in the opposite order of opening, also where one of them fails to. */
internal class Handles : Closeable {
    private val open = ArrayList<AutoCloseable>()

    val count: Int get() = open.size

    fun <T : AutoCloseable> own(handle: T): T = handle.also { open.add(it) }

    /** Run what opens more of them; where it fails, nothing stays open. */
    inline fun <T> whole(opening: Handles.() -> T): T {
        var isWhole = false
        try {
            return opening().also { isWhole = true }
        } finally {
            if (!isWhole) close()
        }
    }

    override fun close() {
        var failed: Exception? = null
        while (open.isNotEmpty()) {
            try {
                open.removeAt(open.lastIndex).close()
            } catch (error: Exception) {
                if (failed == null) failed = error else failed.addSuppressed(error)
            }
        }
        failed?.let { throw it }
    }
}
