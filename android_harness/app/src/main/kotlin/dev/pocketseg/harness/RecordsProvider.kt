package dev.pocketseg.harness

import android.content.ContentProvider
import android.content.ContentValues
import android.database.Cursor
import android.net.Uri

/** Gives a job's files, read-only. */
class RecordsProvider : ContentProvider() {
    override fun onCreate() = true

    override fun getType(uri: Uri): String? = null

    override fun query(
        uri: Uri,
        columns: Array<String>?,
        where: String?,
        given: Array<String>?,
        order: String?,
    ): Cursor? = null

    override fun insert(uri: Uri, values: ContentValues?): Uri? = null

    override fun delete(uri: Uri, where: String?, given: Array<String>?) = 0

    override fun update(uri: Uri, values: ContentValues?, where: String?, given: Array<String>?) = 0
}
