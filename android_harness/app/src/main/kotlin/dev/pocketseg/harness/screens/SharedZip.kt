package dev.pocketseg.harness.screens

import android.content.Context
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.core.AtomicFile
import dev.pocketseg.harness.core.Hashes
import dev.pocketseg.harness.core.Refused
import java.io.File
import java.io.IOException
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream

/** Packs a job's results for whom they are shared with: unpacked, they are the folder that `device import` takes. */
object SharedZip {
    /** Make it anew, and drop those of other jobs; return why it could not be made, or null. */
    fun make(context: Context, job: String): String? = try {
        val folder = File(Places.jobs(context), job)
        val to = ShareProvider.file(context, job)
        to.parentFile?.listFiles().orEmpty().filter { it != to }.forEach { it.delete() }
        val files = if (Hashes.isId(job)) {
            folder.walk().filter {
                it.isFile && !it.name.endsWith(".part")
            }
        } else {
            emptySequence()
        }
        AtomicFile.write(to) { stream ->
            val zip = ZipOutputStream(stream)
            for (file in files) {
                zip.putNextEntry(ZipEntry("$job/${file.relativeTo(folder).invariantSeparatorsPath}"))
                file.inputStream().use { it.copyTo(zip) }
                zip.closeEntry()
            }
            zip.finish()
        }
        null
    } catch (error: Refused) {
        Reasons.of(context, error)
    } catch (error: IOException) {
        Reasons.of(context, error)
    }
}
