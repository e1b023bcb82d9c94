package dev.pocketseg.harness.screens

import android.os.Handler
import android.os.Looper
import dev.pocketseg.harness.deepThread
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.Executors
import java.util.concurrent.RejectedExecutionException
import java.util.concurrent.atomic.AtomicInteger

/**
 * A screen's work off the main thread, one piece after the other; what it gives is taken while the screen lives.
 *
 * What runs must not hold the screen: only what takes its result does, and that is dropped when the screen ends.
 */
class Work(name: String) {
    private val thread = Executors.newSingleThreadExecutor { deepThread(name, it) }
    private val main = Handler(Looper.getMainLooper())
    private val takers = ConcurrentHashMap<Int, (Any?) -> Unit>()
    private val count = AtomicInteger()

    /** Do [act] there, and pass its result to [take] on the main thread, unless the screen has ended by then. */
    fun <T> run(act: () -> T, take: (T) -> Unit) {
        val key = count.incrementAndGet()
        @Suppress("UNCHECKED_CAST")
        takers[key] = { take(it as T) }
        pieces.incrementAndGet()
        try {
            thread.execute { done(key, act) }
        } catch (_: RejectedExecutionException) {
            takers.remove(key)
            pieces.decrementAndGet()
        }
    }

    /** Take no further result; [last] still runs, after what runs now. */
    fun close(last: () -> Unit = {}) {
        takers.clear()
        thread.execute(last)
        thread.shutdown()
    }

    private fun <T> done(key: Int, act: () -> T) {
        try {
            if (!takers.containsKey(key)) return
            val result = act()
            main.post { takers.remove(key)?.invoke(result) }
        } finally {
            pieces.decrementAndGet()
        }
    }

    companion object {
        private val pieces = AtomicInteger()

        /** Whether no screen's work waits or runs. */
        val isIdle: Boolean get() = pieces.get() == 0
    }
}
