package dev.pocketseg.harness.measure

import android.os.Binder
import android.os.Bundle
import android.os.Handler
import android.os.IBinder
import android.os.Looper
import android.os.Message
import android.os.Messenger
import android.os.Process
import android.os.RemoteException
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

/** What a started process reports: that it is there, that it has done its work; and the system, that it is gone. */
internal class Reports(private val kill: (Int) -> Unit = Process::killProcess) {
    @Volatile
    var pid = 0
        private set

    /** Whether it was no longer to be seen before its work was done. */
    @Volatile
    var wasLeft = false
        private set

    /** Held for as long as these reports are: of what nobody holds, Android does not say that it is gone. */
    private var life: IBinder? = null
    private var isGivenUp = false

    private val began = CountDownLatch(1)
    private val done = CountDownLatch(1)
    private val gone = CountDownLatch(1)

    /** To give to the process. */
    val messenger = Messenger(
        Handler(Looper.getMainLooper()) { message ->
            when (message.what) {
                BEGAN -> begin(message)
                LEFT -> wasLeft = true
                DONE -> done.countDown()
            }
            true
        },
    )

    fun waitForBegin(limitS: Double): Boolean = began.await((limitS * 1e3).toLong(), TimeUnit.MILLISECONDS)

    fun waitForEnd(limitS: Double): Boolean = gone.await((limitS * 1e3).toLong(), TimeUnit.MILLISECONDS)

    /** Wait until it has answered or is gone. */
    fun waitForWork(limitS: Double): Boolean = done.await((limitS * 1e3).toLong(), TimeUnit.MILLISECONDS)

    /** Nobody waits any more: should it yet begin, once the screen is on again, it is ended at once. */
    @Synchronized
    fun giveUp() {
        isGivenUp = true
        if (pid != 0) kill(pid)
    }

    @Synchronized
    private fun begin(message: Message) {
        pid = message.arg1
        if (isGivenUp) return kill(pid)
        life = message.data.getBinder(LIFE)
        try {
            life?.linkToDeath({ end() }, 0)
        } catch (_: RemoteException) {
            end() // it died before it could be watched
        }
        began.countDown()
    }

    private fun end() {
        gone.countDown()
        done.countDown()
    }

    companion object {
        private const val BEGAN = 1
        private const val DONE = 2
        private const val LEFT = 3
        private const val LIFE = "life"

        /** Report from within the process; [life] is held by it, and dies with it. */
        fun began(launcher: Messenger?, life: IBinder = Binder()) {
            val message = Message.obtain(null, BEGAN, Process.myPid(), 0)
            message.data = Bundle().apply { putBinder(LIFE, life) }
            send(launcher, message)
        }

        fun done(launcher: Messenger?) = send(launcher, Message.obtain(null, DONE))

        fun left(launcher: Messenger?) = send(launcher, Message.obtain(null, LEFT))

        private fun send(launcher: Messenger?, message: Message) {
            try {
                launcher?.send(message)
            } catch (_: RemoteException) {
                // The launcher is gone: the answer stays, and a job that goes on finds it.
            }
        }
    }
}
