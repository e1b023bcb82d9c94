package dev.pocketseg.harness.core

import java.io.File
import java.io.FileOutputStream
import java.io.IOException
import java.io.OutputStream

/** A file that is there only once it is whole: written beside its place, synced, then renamed. */
object AtomicFile {
    /** Write a file, making its folder; what was there before is replaced. Throws [StorageRefused]. */
    fun write(to: File, fill: (OutputStream) -> Unit) {
        val part = File(to.path + ".part")
        try {
            to.parentFile?.mkdirs()
            FileOutputStream(part).use { stream ->
                fill(stream)
                stream.flush()
                stream.fd.sync()
            }
            if (!part.renameTo(to)) throw IOException("it cannot be renamed")
        } catch (error: IOException) {
            throw StorageRefused(StorageFault.CANNOT_WRITE, "${to.name} cannot be written: ${error.message}")
        } finally {
            part.delete()
        }
    }

    /** Write bytes. Throws [StorageRefused]. */
    fun write(to: File, data: ByteArray) = write(to) { it.write(data) }
}
