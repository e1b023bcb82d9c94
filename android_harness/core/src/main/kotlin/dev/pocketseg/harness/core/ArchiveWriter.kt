package dev.pocketseg.harness.core

import java.io.ByteArrayOutputStream
import java.util.zip.CRC32

/** Writes the one canonical zip of some small files, in memory. */
object ArchiveWriter {
    /** Write them. Throws [ArchiveRefused] for a name that may be none. */
    fun write(files: Map<String, ByteArray>): ByteArray {
        val body = ByteArrayOutputStream()
        val directory = ByteArrayOutputStream()
        for (name in files.keys.sorted()) {
            ArchiveNames.fault(name)?.let { throw ArchiveRefused(it, "$name may be no name of a file: ${it.code}") }
            val data = files.getValue(name)
            val crc = CRC32().apply { update(data) }.value
            val entry = ArchiveForm.Entry(name, body.size().toLong(), data.size.toLong(), crc, needed = 10)
            body.write(ArchiveForm.local(entry))
            body.write(data)
            directory.write(ArchiveForm.central(entry))
        }
        if (ArchiveNames.hasTwins(files.keys)) throw ArchiveRefused(ArchiveFault.SAME_NAME, "two names are one")
        val offset = body.size().toLong()
        body.write(directory.toByteArray())
        body.write(ArchiveForm.end(files.size, directory.size().toLong(), offset))
        return body.toByteArray()
    }

    private fun ByteArrayOutputStream.write(data: ByteArray) = write(data, 0, data.size)
}
