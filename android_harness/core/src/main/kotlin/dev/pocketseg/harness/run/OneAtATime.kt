package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.RawOutput
import java.util.concurrent.atomic.AtomicBoolean

/**
 * A session that no second thread enters, and that is not closed while it runs, nor used afterwards.
 *
 * Runtimes do not look after that themselves: their memory is gone, or their results are mixed, without a word. Throws
 * [IllegalStateException], before the runtime is touched.
 */
class OneAtATime(private val inner: Session) : Session {
    private val owner: Thread = Thread.currentThread()
    private val isBusy = AtomicBoolean()

    @Volatile
    private var isClosed = false

    override val accelerator get() = inner.accelerator
    override val threads get() = inner.threads

    override fun fill(input: ByteArray) = alone("filled") { inner.fill(input) }

    override fun run(): List<RawOutput> = alone("run") { inner.run() }

    override fun close() {
        if (isClosed) return
        alone("closed") { inner.close() }
        isClosed = true
    }

    private inline fun <T> alone(what: String, act: () -> T): T {
        check(!isClosed) { "a closed session is $what" }
        check(isBusy.compareAndSet(false, true)) { "a session is $what while it works" }
        try {
            check(Thread.currentThread() === owner) { "a session is $what by another thread than opened it" }
            return act()
        } finally {
            isBusy.set(false)
        }
    }
}
