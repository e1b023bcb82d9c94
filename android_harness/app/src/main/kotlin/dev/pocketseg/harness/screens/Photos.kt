package dev.pocketseg.harness.screens

import android.content.Context
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Matrix
import android.media.ExifInterface
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.Refused
import java.io.ByteArrayInputStream
import java.io.IOException

/** A bundle's photos as pictures to look at: upright, in memory that a program can read, no larger than asked. */
object Photos {
    private const val MOST_PIXELS = 4_000_000L

    /** A photo whose shorter side is about [sidePx]; null where it cannot be read or decoded. */
    fun small(context: Context, sha256: String, photo: Int, sidePx: Int): Bitmap? = try {
        Bundle.open(Places.bundles(context).file(sha256)).use { of(it, photo, sidePx) }
    } catch (_: Refused) {
        null
    }

    /** The same of a bundle that is open. Throws [Refused]. */
    fun of(bundle: Bundle, photo: Int, sidePx: Int): Bitmap? =
        decoded(bundle.read(bundle.content.photos[photo].file), sidePx)

    /** A photo's bytes as a picture. */
    internal fun decoded(data: ByteArray, sidePx: Int): Bitmap? {
        val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        BitmapFactory.decodeByteArray(data, 0, data.size, bounds)
        // Its own size is looked at, too: what the bundle says of it was not held against it.
        if (bounds.outWidth < 1 || bounds.outHeight < 1) return null
        val options = BitmapFactory.Options().apply {
            inPreferredConfig = Bitmap.Config.ARGB_8888
            inSampleSize = step(bounds.outWidth, bounds.outHeight, sidePx)
        }
        return try {
            BitmapFactory.decodeByteArray(data, 0, data.size, options)?.let { upright(it, orientation(data)) }
        } catch (_: OutOfMemoryError) {
            null
        }
    }

    private fun step(widthPx: Int, heightPx: Int, sidePx: Int): Int {
        var step = 1
        while (minOf(widthPx, heightPx) / (2 * step) >= sidePx) step *= 2
        while (widthPx.toLong() * heightPx / (step.toLong() * step) > MOST_PIXELS) step *= 2
        return step
    }

    private fun orientation(data: ByteArray): Int = try {
        ExifInterface(ByteArrayInputStream(data))
            .getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_NORMAL)
    } catch (_: IOException) {
        ExifInterface.ORIENTATION_NORMAL // of a kind that has none
    }

    private fun upright(stored: Bitmap, orientation: Int): Bitmap {
        val matrix = Matrix()
        when (orientation) {
            2, 4, 5, 7 -> matrix.postScale(-1f, 1f)
        }
        when (orientation) {
            3, 4 -> matrix.postRotate(180f)
            6, 7 -> matrix.postRotate(90f)
            5, 8 -> matrix.postRotate(270f)
        }
        if (matrix.isIdentity) return stored
        return Bitmap.createBitmap(stored, 0, 0, stored.width, stored.height, matrix, true)
    }
}
