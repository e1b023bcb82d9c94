package dev.pocketseg.harness.core

import java.io.Closeable
import java.util.zip.CRC32

/**
 * The canonical zip of docs/bundle.md, open to read; every other zip is refused.
 *
 * All of its form is checked when it is opened, the CRC of a file when that is read.
 */
class Archive(private val source: Source) : Closeable {
    private val entries: Map<String, ArchiveForm.Entry> = try {
        checked()
    } catch (error: Refused) {
        source.close()
        throw error
    }

    /** The names of all files, in order. */
    val names: List<String> get() = entries.keys.toList()

    /** How large a file is. Throws [ArchiveRefused] where there is none of that name. */
    fun sizeBytes(name: String): Long = entry(name).sizeBytes

    /** Read a file of at most [mostBytes]. Throws [ArchiveRefused]. */
    fun read(name: String, mostBytes: Int): ByteArray {
        val size = entry(name).sizeBytes
        if (size > mostBytes) throw ArchiveRefused(ArchiveFault.TOO_LARGE, "$name is larger than $mostBytes bytes")
        val data = ByteArray(size.toInt())
        var done = 0
        chunks(name) {
            it.copyInto(data, done)
            done += it.size
        }
        return data
    }

    /** Pass a file on chunk by chunk. Throws [ArchiveRefused], after the last chunk where the CRC is wrong. */
    fun chunks(name: String, take: (ByteArray) -> Unit) {
        val entry = entry(name)
        val crc = CRC32()
        var done = 0L
        while (done < entry.sizeBytes) {
            val chunk = source.read(entry.bodyOffset + done, minOf(CHUNK_BYTES, entry.sizeBytes - done).toInt())
            crc.update(chunk)
            done += chunk.size
            take(chunk)
        }
        if (crc.value != entry.crc) throw ArchiveRefused(ArchiveFault.WRONG_CRC, "the CRC of $name is wrong")
    }

    override fun close() = source.close()

    private fun entry(name: String) =
        entries[name] ?: throw ArchiveRefused(ArchiveFault.NO_SUCH_FILE, "it holds no $name")

    private fun checked(): Map<String, ArchiveForm.Entry> {
        val total = source.sizeBytes
        if (total < ArchiveForm.END_BYTES) throw ArchiveRefused(ArchiveFault.TRUNCATED, "it has only $total bytes")
        if (total > ArchiveForm.MOST_BYTES) throw ArchiveRefused(ArchiveFault.ZIP64, "it has $total bytes")
        val end = source.read(total - ArchiveForm.END_BYTES, ArchiveForm.END_BYTES)
        val directory = ArchiveForm.directory(end, total)
        val found = LinkedHashMap<String, ArchiveForm.Entry>()
        val upto = directory.offset + directory.sizeBytes
        var at = directory.offset
        var body = 0L // where the next entry has to begin
        var before: String? = null
        repeat(directory.count) {
            if (at + ArchiveForm.CENTRAL_BYTES > upto) {
                throw ArchiveRefused(ArchiveFault.END_RECORD, "its directory is truncated")
            }
            val header = source.read(at, ArchiveForm.CENTRAL_BYTES)
            val entry = ArchiveForm.entry(header, nameAt(at + ArchiveForm.CENTRAL_BYTES, header))
            at += ArchiveForm.CENTRAL_BYTES + ArchiveForm.nameBytes(header)
            checkName(entry.name, before)
            before = entry.name
            body = checkPlace(entry, body, directory.offset)
            found[entry.name] = entry
        }
        if (at != upto) throw ArchiveRefused(ArchiveFault.END_RECORD, "its directory has bytes left over")
        if (body != directory.offset) throw ArchiveRefused(ArchiveFault.GAP, "there is a gap before its directory")
        if (ArchiveNames.hasTwins(found.keys)) throw ArchiveRefused(ArchiveFault.SAME_NAME, "two of its names are one")
        return found
    }

    /** Read a name; one that is said to be longer than the archive ends with it, and is refused for its place. */
    private fun nameAt(at: Long, header: ByteArray): ByteArray =
        source.read(at, minOf(ArchiveForm.nameBytes(header).toLong(), source.sizeBytes - at).toInt())

    private fun checkName(name: String, before: String?) {
        val fault = ArchiveNames.fault(name)
        val isSorted = before == null || before < name
        if (fault == ArchiveFault.NAME_NOT_ASCII) throw ArchiveRefused(fault, "$name is not of ASCII")
        if (!isSorted) throw ArchiveRefused(ArchiveFault.NOT_SORTED, "$name does not come after $before")
        if (fault != null) throw ArchiveRefused(fault, "$name may be no name of a file: ${fault.code}")
    }

    /** Check that an entry begins where the one before it ends; return where it ends itself. */
    private fun checkPlace(entry: ArchiveForm.Entry, body: Long, directory: Long): Long {
        val end = entry.bodyOffset + entry.sizeBytes
        if (entry.offset != body || end > directory) {
            throw ArchiveRefused(ArchiveFault.GAP, "${entry.name} does not begin where the one before it ends")
        }
        val wanted = ArchiveForm.local(entry)
        if (!source.read(entry.offset, wanted.size).contentEquals(wanted)) {
            throw ArchiveRefused(ArchiveFault.LOCAL_HEADER, "the two headers of ${entry.name} differ")
        }
        return end
    }

    private companion object {
        const val CHUNK_BYTES = 1L shl 20
    }
}
