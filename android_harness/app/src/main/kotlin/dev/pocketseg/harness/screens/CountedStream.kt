package dev.pocketseg.harness.screens

import java.io.FilterInputStream
import java.io.IOException
import java.io.InputStream

/** A stream that says how far it was read, and ends with an error rather than fill the disk. */
class CountedStream(
    stream: InputStream,
    private val mostBytes: Long,
    private val everyBytes: Long,
    private val say: (count: Long, isAll: Boolean) -> Unit,
) : FilterInputStream(stream) {
    private var count = 0L
    private var said = 0L

    override fun read(): Int {
        val one = ByteArray(1)
        return if (read(one, 0, 1) < 0) -1 else one[0].toInt() and 0xFF
    }

    override fun read(into: ByteArray, from: Int, most: Int): Int {
        val found = super.read(into, from, most)
        if (found < 0) {
            say(count, true)
            return found
        }
        count += found
        if (count > mostBytes) throw IOException("it is larger than the room that is left")
        if (count - said >= everyBytes) {
            said = count
            say(count, false)
        }
        return found
    }
}
