package dev.pocketseg.harness.device

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.ColorSpace
import android.media.ExifInterface
import dev.pocketseg.harness.core.Picture
import dev.pocketseg.harness.core.Turns
import dev.pocketseg.harness.run.CannotRun
import java.io.File
import java.io.IOException

/** A photo as it stands upright, at its own size; docs/preprocessing.md, "Photos". */
object PhotoDecoder {
    private const val MOST_PIXELS = 100_000_000L
    private const val OPAQUE = 0xFF

    /** Throws [CannotRun] for what is no photo, is too large, or has pixels that one can see through. */
    fun decode(photo: File): Picture {
        val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        BitmapFactory.decodeFile(photo.path, bounds)
        if (bounds.outWidth < 1 || bounds.outHeight < 1) throw CannotRun("${photo.name} is no photo that Android reads")
        if (bounds.outWidth.toLong() * bounds.outHeight > MOST_PIXELS) throw CannotRun("${photo.name} is too large")
        return try {
            Turns.upright(stored(photo), orientation(photo))
        } catch (error: OutOfMemoryError) {
            throw CannotRun("${photo.name} does not fit into the app's memory", error)
        }
    }

    private fun stored(photo: File): Picture {
        val options = BitmapFactory.Options().apply {
            inScaled = false // by the screen's density
            inPreferredConfig = Bitmap.Config.ARGB_8888
            inPreferredColorSpace = ColorSpace.get(ColorSpace.Named.SRGB)
        }
        val bitmap = BitmapFactory.decodeFile(photo.path, options)
            ?: throw CannotRun("${photo.name} is damaged: Android does not read it")
        try {
            return picture(bitmap, photo.name)
        } finally {
            bitmap.recycle()
        }
    }

    private fun picture(bitmap: Bitmap, name: String): Picture {
        val colors = IntArray(bitmap.width * bitmap.height)
        bitmap.getPixels(colors, 0, bitmap.width, 0, 0, bitmap.width, bitmap.height)
        if (bitmap.hasAlpha() && colors.any { it ushr 24 != OPAQUE }) {
            throw CannotRun("$name has pixels that one can see through; their colours are not certain")
        }
        return Picture.ofArgb(bitmap.height, bitmap.width, colors)
    }

    /** As Exif says; a file of a kind in which this Android looks for none stands upright. */
    private fun orientation(photo: File): Int = try {
        ExifInterface(photo.path).getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_NORMAL)
    } catch (_: IOException) {
        ExifInterface.ORIENTATION_NORMAL
    }
}
