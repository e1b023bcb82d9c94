package dev.pocketseg.harness.core

import java.nio.ByteBuffer
import java.nio.ByteOrder

/** The headers of the canonical zip, byte by byte; docs/bundle.md, "The zip". */
internal object ArchiveForm {
    const val LOCAL_BYTES = 30
    const val CENTRAL_BYTES = 46
    const val END_BYTES = 22
    const val MOST_ENTRIES = 65_534
    const val MOST_BYTES = 0xFFFFFFFEL

    private const val LOCAL = 0x04034B50
    private const val CENTRAL = 0x02014B50
    private const val END = 0x06054B50
    private const val NEEDED = 10
    private const val MADE_BY = 20
    private const val DATE = 0x21
    private const val NONE = 0xFFFFFFFFL // in a zip64, where the real number stands elsewhere

    /** A file in the archive. offset: of its local header. */
    class Entry(val name: String, val offset: Long, val sizeBytes: Long, val crc: Long, val needed: Int) {
        val bodyOffset: Long get() = offset + LOCAL_BYTES + name.length
    }

    /** What the end record says. */
    class Directory(val count: Int, val sizeBytes: Long, val offset: Long)

    /** Read the last 22 bytes of an archive of [total] bytes. Throws [ArchiveRefused]. */
    fun directory(data: ByteArray, total: Long): Directory {
        val fields = buffer(data)
        if (fields.int != END) throw ArchiveRefused(ArchiveFault.END_RECORD, "it does not end with an end record")
        val disks = List(2) { word(fields) }
        val here = word(fields)
        val count = word(fields)
        val found = Directory(count, long(fields), long(fields))
        val comment = word(fields)
        if (count > MOST_ENTRIES || found.sizeBytes == NONE || found.offset == NONE) {
            throw ArchiveRefused(ArchiveFault.ZIP64, "it is zip64")
        }
        val isPlain = disks.all { it == 0 } && here == count && comment == 0
        if (!isPlain || found.offset + found.sizeBytes + END_BYTES != total) {
            throw ArchiveRefused(ArchiveFault.END_RECORD, "its end record has a comment, or does not fit its size")
        }
        return found
    }

    /** How long the name in a central header is. */
    fun nameBytes(header: ByteArray): Int = buffer(header).getShort(28).toInt() and 0xFFFF

    /** Read a central header and its name. Throws [ArchiveRefused]. */
    fun entry(header: ByteArray, rawName: ByteArray): Entry {
        val fields = buffer(header)
        val signature = fields.int
        val madeBy = word(fields)
        val needed = word(fields)
        val flags = word(fields)
        val method = word(fields)
        val time = word(fields)
        val date = word(fields)
        val crc = long(fields)
        val packed = long(fields)
        val size = long(fields)
        word(fields) // the name's length
        val extra = word(fields)
        val comment = word(fields)
        val disk = word(fields)
        val internal = word(fields)
        val external = long(fields)
        val offset = long(fields)
        val isBeyond = (needed != NEEDED && needed != MADE_BY) || NONE in listOf(packed, size, offset)
        val fault = when {
            signature != CENTRAL -> ArchiveFault.END_RECORD
            flags and 1 != 0 -> ArchiveFault.ENCRYPTED
            flags and 8 != 0 -> ArchiveFault.DATA_DESCRIPTOR
            flags != 0 -> ArchiveFault.FLAGS
            method != 0 -> ArchiveFault.COMPRESSED
            isBeyond -> ArchiveFault.ZIP64
            packed != size -> ArchiveFault.TWO_SIZES
            extra != 0 -> ArchiveFault.EXTRA_FIELD
            comment != 0 -> ArchiveFault.COMMENT
            disk != 0 -> ArchiveFault.OTHER_DISK
            madeBy != MADE_BY -> ArchiveFault.MADE_BY
            internal != 0 || external != 0L -> ArchiveFault.ATTRIBUTES
            time != 0 || date != DATE -> ArchiveFault.TIME
            else -> null
        }
        val name = String(rawName, Charsets.ISO_8859_1)
        if (fault != null) throw ArchiveRefused(fault, "the entry $name is not canonical: ${fault.code}")
        return Entry(name, offset, size, crc, needed)
    }

    /** The one local header that fits an entry, its name after it. */
    fun local(entry: Entry): ByteArray = written(LOCAL_BYTES, entry) {
        putInt(LOCAL)
        putShared(entry)
    }

    /** The one central header of an entry, its name after it. */
    fun central(entry: Entry): ByteArray = written(CENTRAL_BYTES, entry) {
        putInt(CENTRAL)
        putShort(MADE_BY.toShort())
        putShared(entry)
        repeat(3) { putShort(0) }
        putInt(0)
        putInt(entry.offset.toInt())
    }

    /** The one end record. */
    fun end(count: Int, sizeBytes: Long, offset: Long): ByteArray =
        ByteBuffer.allocate(END_BYTES).order(ByteOrder.LITTLE_ENDIAN).run {
            putInt(END).putInt(0)
            putShort(count.toShort()).putShort(count.toShort())
            putInt(sizeBytes.toInt()).putInt(offset.toInt()).putShort(0)
            array()
        }

    private fun ByteBuffer.putShared(entry: Entry) {
        putShort(entry.needed.toShort())
        repeat(3) { putShort(0) }
        putShort(DATE.toShort())
        putInt(entry.crc.toInt())
        repeat(2) { putInt(entry.sizeBytes.toInt()) }
        putShort(entry.name.length.toShort())
        putShort(0)
    }
    private fun written(size: Int, entry: Entry, fill: ByteBuffer.() -> Unit): ByteArray {
        val buffer = ByteBuffer.allocate(size + entry.name.length).order(ByteOrder.LITTLE_ENDIAN)
        buffer.fill()
        buffer.put(entry.name.toByteArray(Charsets.ISO_8859_1))
        return buffer.array()
    }

    private fun buffer(data: ByteArray) = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN)

    private fun word(fields: ByteBuffer) = fields.short.toInt() and 0xFFFF

    private fun long(fields: ByteBuffer) = fields.int.toLong() and 0xFFFFFFFFL
}
