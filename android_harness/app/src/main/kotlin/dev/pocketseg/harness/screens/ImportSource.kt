package dev.pocketseg.harness.screens

import android.content.ContentResolver
import android.content.Context
import android.net.Uri
import android.provider.OpenableColumns
import dev.pocketseg.harness.core.Texts
import java.io.File
import java.io.FileNotFoundException
import java.io.InputStream

/** Where a bundle comes from: its name to show, its size where that is known, its bytes. */
class ImportSource(val name: String, val sizeBytes: Long?, val open: () -> InputStream) {
    companion object {
        private const val LONGEST = 80

        fun of(file: File) = ImportSource(Texts.printable(file.name, LONGEST), file.length()) { file.inputStream() }

        /** Whether an address is of another app's, and no path of this app's own. */
        fun isOfAnotherApp(uri: Uri): Boolean = uri.scheme == ContentResolver.SCHEME_CONTENT

        fun of(context: Context, uri: Uri): ImportSource {
            val resolver = context.applicationContext.contentResolver
            val (name, size) = described(resolver, uri)
            return ImportSource(Texts.printable(name ?: uri.lastPathSegment.orEmpty(), LONGEST), size) {
                resolver.openInputStream(uri) ?: throw FileNotFoundException("nothing can be read")
            }
        }

        private fun described(resolver: ContentResolver, uri: Uri): Pair<String?, Long?> = try {
            resolver.query(uri, arrayOf(OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE), null, null, null)?.use {
                val name = it.getColumnIndex(OpenableColumns.DISPLAY_NAME)
                val size = it.getColumnIndex(OpenableColumns.SIZE)
                if (!it.moveToFirst()) {
                    null to null
                } else {
                    val isSized = size >= 0 && !it.isNull(size)
                    (if (name < 0) null else it.getString(name)) to (if (isSized) it.getLong(size) else null)
                }
            } ?: (null to null)
        } catch (_: SecurityException) {
            null to null // opening it says so
        } catch (_: RuntimeException) {
            null to null // a provider of another app may throw what it likes
        }
    }
}
