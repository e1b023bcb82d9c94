package dev.pocketseg.harness

import android.content.ContentProvider
import android.content.ContentValues
import android.database.Cursor
import android.database.MatrixCursor
import android.net.Uri
import android.os.ParcelFileDescriptor
import android.provider.OpenableColumns
import dev.pocketseg.harness.measure.RecordNames
import java.io.File
import java.io.FileNotFoundException

/** Gives the files of jobs, read-only: to the shell, and to whom one was shared with. docs/bundle.md, "Android". */
class RecordsProvider : ContentProvider() {
    override fun onCreate() = true

    override fun getType(uri: Uri): String? = RecordNames.of(uri.pathSegments)?.type

    override fun openFile(uri: Uri, mode: String): ParcelFileDescriptor {
        if (mode != "r") throw SecurityException("records are read-only")
        val file = file(uri) ?: throw FileNotFoundException("there is no such record")
        return ParcelFileDescriptor.open(file, ParcelFileDescriptor.MODE_READ_ONLY)
    }

    /** Name and size, which an app asks for before it takes what is shared. */
    override fun query(
        uri: Uri,
        projection: Array<String>?,
        selection: String?,
        selectionArgs: Array<String>?,
        sortOrder: String?,
    ): Cursor? {
        val file = file(uri) ?: return null
        val known = mapOf(OpenableColumns.DISPLAY_NAME to file.name, OpenableColumns.SIZE to file.length())
        val columns = (projection ?: known.keys.toTypedArray()).filter { it in known }.toTypedArray()
        return MatrixCursor(columns, 1).apply { addRow(columns.map { known[it] }) }
    }

    override fun insert(uri: Uri, values: ContentValues?): Uri? = refuse()

    override fun delete(uri: Uri, selection: String?, selectionArgs: Array<String>?): Int = refuse()

    override fun update(uri: Uri, values: ContentValues?, selection: String?, selectionArgs: Array<String>?): Int =
        refuse()

    private fun file(uri: Uri): File? {
        val name = RecordNames.of(uri.pathSegments) ?: return null
        val context = context ?: return null
        return File(Places.jobs(context), name.path).takeIf { it.isFile }
    }

    private fun refuse(): Nothing = throw UnsupportedOperationException("records are read-only")

    companion object {
        const val AUTHORITY = "dev.pocketseg.harness.records"

        /** The address of one file of a job. */
        fun uri(job: String, name: String): Uri =
            Uri.Builder().scheme("content").authority(AUTHORITY).appendPath(job).appendEncodedPath(name).build()
    }
}
