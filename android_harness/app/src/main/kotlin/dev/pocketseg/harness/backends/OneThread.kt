package dev.pocketseg.harness.backends

import dev.pocketseg.harness.core.RawOutput
import dev.pocketseg.harness.run.Session

/**
 * A session that only the thread that opened it may use, and nobody once it is closed.
 *
 * Runtimes do not check that: a GPU's context belongs to a thread, and memory that was given back is read all the same.
 */
internal class OneThread(private val inner: Session) : Session by inner {
    private val owner = Thread.currentThread()
    private var isOpen = true

    override fun fill(input: ByteArray) {
        check()
        inner.fill(input)
    }

    override fun run(): List<RawOutput> {
        check()
        return inner.run()
    }

    override fun close() {
        checkThread()
        if (isOpen) {
            isOpen = false
            inner.close()
        }
    }

    private fun check() {
        checkThread()
        check(isOpen) { "the session was closed before" }
    }

    private fun checkThread() = check(Thread.currentThread() === owner) { "a session is used from a second thread" }
}
