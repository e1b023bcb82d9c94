package dev.pocketseg.harness.core

import java.io.Closeable
import java.io.File
import java.io.IOException
import java.io.RandomAccessFile

/** Bytes that are read by place: of a file, which may be far larger than memory, or of an array. */
interface Source : Closeable {
    val sizeBytes: Long

    /** Read [count] bytes from [offset] on, which must be there. Throws [StorageRefused]. */
    fun read(offset: Long, count: Int): ByteArray
}

/** A file's bytes. */
class FileSource(private val file: File) : Source {
    private val handle: RandomAccessFile = try {
        if (!file.isFile) throw IOException("it is no regular file")
        RandomAccessFile(file, "r")
    } catch (error: IOException) {
        throw cannotRead(error)
    }

    override val sizeBytes: Long = handle.length()

    override fun read(offset: Long, count: Int): ByteArray = try {
        handle.seek(offset)
        ByteArray(count).also(handle::readFully)
    } catch (error: IOException) {
        throw cannotRead(error)
    }

    override fun close() = handle.close()

    private fun cannotRead(error: IOException) =
        StorageRefused(StorageFault.CANNOT_READ, "${file.name} cannot be read: ${error.message}")
}

/** An array's bytes. */
class ArraySource(private val data: ByteArray) : Source {
    override val sizeBytes: Long get() = data.size.toLong()

    override fun read(offset: Long, count: Int): ByteArray = data.copyOfRange(offset.toInt(), offset.toInt() + count)

    override fun close() = Unit
}
