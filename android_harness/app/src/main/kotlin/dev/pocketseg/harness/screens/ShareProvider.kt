package dev.pocketseg.harness.screens

import android.content.ContentProvider
import android.content.ContentValues
import android.content.Context
import android.database.Cursor
import android.database.MatrixCursor
import android.net.Uri
import android.os.ParcelFileDescriptor
import android.provider.OpenableColumns
import dev.pocketseg.harness.core.Hashes
import java.io.File
import java.io.FileNotFoundException

/** Gives a job's results as one zip, read-only, to the app that they are shared with. */
class ShareProvider : ContentProvider() {
    override fun onCreate() = true

    override fun getType(uri: Uri) = "application/zip"

    override fun query(
        uri: Uri,
        columns: Array<String>?,
        where: String?,
        given: Array<String>?,
        order: String?,
    ): Cursor {
        val file = found(uri)
        val asked = columns ?: arrayOf(OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE)
        val values = asked.map {
            if (it ==
                OpenableColumns.SIZE
            ) {
                file.length()
            } else if (it == NAME) {
                file.name
            } else {
                null
            }
        }
        return MatrixCursor(asked).apply { addRow(values) }
    }

    override fun openFile(uri: Uri, mode: String): ParcelFileDescriptor {
        if (mode != "r") throw FileNotFoundException("results are read-only")
        return ParcelFileDescriptor.open(found(uri), ParcelFileDescriptor.MODE_READ_ONLY)
    }

    override fun insert(uri: Uri, values: ContentValues?): Uri? = null

    override fun delete(uri: Uri, where: String?, given: Array<String>?) = 0

    override fun update(uri: Uri, values: ContentValues?, where: String?, given: Array<String>?) = 0

    private fun found(uri: Uri): File {
        val job = uri.pathSegments.singleOrNull().orEmpty().removeSuffix(SUFFIX)
        val file = if (Hashes.isId(job)) file(context!!, job) else null
        return file?.takeIf { it.isFile } ?: throw FileNotFoundException("there are no such results")
    }

    companion object {
        private const val AUTHORITY = "dev.pocketseg.harness.share"
        private const val SUFFIX = ".zip"
        private const val NAME = OpenableColumns.DISPLAY_NAME

        /** Where a job's zip lies, or would lie. */
        fun file(context: Context, job: String): File = File(context.cacheDir, "share/$job$SUFFIX")

        fun uri(job: String): Uri = Uri.parse("content://$AUTHORITY/$job$SUFFIX")
    }
}
