package dev.pocketseg.harness.screens

import android.content.Context
import android.os.Handler
import android.os.HandlerThread
import android.os.Looper
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.BundleContent
import dev.pocketseg.harness.core.Facing
import dev.pocketseg.harness.core.Refused
import dev.pocketseg.harness.run.CannotRun
import java.util.concurrent.atomic.AtomicBoolean

/** Who shows what the camera sees; called on the main thread. */
interface LiveListener {
    /** The bundle is open, and a file of it is being loaded. */
    fun opened(content: BundleContent, offer: Offer)

    fun seen(frame: LiveFrame)

    fun failed(reason: String)
}

/** Camera and file on one thread of their own, which opens both, runs frame after frame, and closes both. */
class Live(
    private val context: Context,
    private val sha256: String,
    private val artifact: Int,
    private val isFront: Boolean,
    private val displayDegrees: Int,
) {
    /** Dropped when it is stopped, so that a slow file holds no screen. */
    @Volatile
    var listener: LiveListener? = null
    private val thread = HandlerThread("camera")
    private val main = Handler(Looper.getMainLooper())
    private val isShowing = AtomicBoolean()
    private var bundle: Bundle? = null
    private var preview: Preview? = null
    private var camera: CameraFeed? = null

    fun start() {
        thread.start()
        val handler = Handler(thread.looper)
        handler.post { guarded { open(handler) } }
    }

    /** Stop; the thread ends by itself once all is closed. */
    fun stop() {
        listener = null
        Handler(thread.looper).post {
            close()
            thread.quitSafely()
        }
    }

    private fun open(handler: Handler) {
        val open = Preview.bundle(context, sha256).also { bundle = it }
        val offer = Offer.of(context, open.content, artifact)
        say { it.opened(open.content, offer) } // first of all: where this file does not run, another may be chosen
        val file = Preview.open(context, open, offer.chosen).also { preview = it }
        val frames = LiveFrames(file, open.content.colorsRgb)
        val feed = CameraFeed(context, handler, isFront, displayDegrees) { reason -> say { it.failed(reason) } }
        camera = feed
        feed.open { height, width, planes, degrees ->
            // A frame that comes while the last one is not yet shown is left out.
            if (listener != null && isShowing.compareAndSet(false, true)) {
                val facing = if (feed.isMirrored) Facing.MIRRORED else Facing.AS_TAKEN
                guarded { seen(frames.of(height, width, planes, degrees, facing)) }
            }
        }
    }

    private fun seen(frame: LiveFrame) = main.post {
        isShowing.set(false)
        listener?.seen(frame)
    }

    private fun guarded(act: () -> Unit) {
        try {
            act()
        } catch (error: Refused) {
            fail(error)
        } catch (error: CannotRun) {
            fail(error)
        } catch (error: RuntimeException) { // a runtime throws what it likes
            fail(error)
        } catch (error: LinkageError) { // its native library is not there
            fail(error)
        } catch (error: OutOfMemoryError) {
            fail(error)
        }
    }

    private fun fail(error: Throwable) {
        close()
        val reason = context.getString(R.string.camera_failed, Reasons.of(context, error))
        say { it.failed(reason) }
    }

    private fun say(act: (LiveListener) -> Unit) = main.post { listener?.let(act) }

    private fun close() {
        camera?.close()
        preview?.close()
        bundle?.close()
        camera = null
        preview = null
        bundle = null
    }
}
