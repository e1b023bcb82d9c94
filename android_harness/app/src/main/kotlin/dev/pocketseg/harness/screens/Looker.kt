package dev.pocketseg.harness.screens

import android.content.Context
import android.graphics.Bitmap
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.Judge
import dev.pocketseg.harness.core.Refused
import dev.pocketseg.harness.run.CannotRun
import dev.pocketseg.harness.views.Overlay
import java.io.Closeable

/** A photo with what a file gives of it; [reason]: why there is no mask. [agreement]: with the computer's mask. */
class Seen(
    val photo: Bitmap?,
    val label: Bitmap?,
    val mask: Bitmap? = null,
    val agreement: Double? = null,
    val ms: Double? = null,
    val reason: String? = null,
)

/** Runs a bundle's files on its photos, one at a time; all but its making is for one thread. */
class Looker(private val context: Context, private val sha256: String) : Closeable {
    private var bundle: Bundle? = null
    private var preview: Preview? = null
    private var loaded = -1

    /** Run a file on a photo's bytes as the bundle has them, never on a resize of this app's own. */
    fun look(artifact: Int, photo: Int): Seen {
        var picture: Bitmap? = null
        var label: Bitmap? = null
        return try {
            val open = bundle ?: Preview.bundle(context, sha256).also { bundle = it }
            val content = open.content
            val said = content.photos[photo]
            picture = Photos.of(open, photo, SHOWN_PX)
            label = said.label?.let { Overlay.of(open.classMap(it, photo), content.colorsRgb) }
            val input = open.photo(content.artifacts[artifact].input, photo)
            val found = preview(open, artifact).look(input, said.heightPx, said.widthPx)
            val golden = open.classMap(content.golden[artifact].maps[photo], photo)
            val agreement = Judge.equalPixels(found.map, golden).toDouble() / golden.pixels.size
            Seen(picture, label, Overlay.of(found.map, content.colorsRgb), agreement, found.ms)
        } catch (error: Refused) {
            Seen(picture, label, reason = Reasons.of(context, error))
        } catch (error: CannotRun) {
            Seen(picture, label, reason = Reasons.of(context, error))
        } catch (error: RuntimeException) { // a runtime throws what it likes, and the photo can still be looked at
            Seen(picture, label, reason = Reasons.of(context, error))
        } catch (error: LinkageError) { // its native library is not there
            Seen(picture, label, reason = Reasons.of(context, error))
        } catch (error: OutOfMemoryError) {
            Seen(picture, label, reason = Reasons.of(context, error))
        }
    }

    override fun close() {
        preview?.close()
        bundle?.close()
        preview = null
        bundle = null
    }

    private fun preview(open: Bundle, artifact: Int): Preview {
        val there = preview
        if (there != null && loaded == artifact) return there
        there?.close()
        preview = null
        return Preview.open(context, open, artifact).also {
            preview = it
            loaded = artifact
        }
    }

    private companion object {
        const val SHOWN_PX = 720
    }
}
