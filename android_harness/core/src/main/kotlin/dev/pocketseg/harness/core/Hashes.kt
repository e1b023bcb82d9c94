package dev.pocketseg.harness.core

import java.io.InputStream
import java.security.MessageDigest

/** SHA-256 in lower-case hex. */
object Hashes {
    private const val CHUNK_BYTES = 1 shl 16
    private const val DIGITS = "0123456789abcdef"

    /** Hash bytes. */
    fun sha256(data: ByteArray): String = hex(digest().digest(data))

    /** Hash what is left of a stream. */
    fun sha256(stream: InputStream): String {
        val digest = digest()
        val chunk = ByteArray(CHUNK_BYTES)
        while (true) {
            val count = stream.read(chunk)
            if (count < 0) return hex(digest.digest())
            digest.update(chunk, 0, count)
        }
    }

    /** Begin a hash that is fed piece by piece. */
    fun digest(): MessageDigest = MessageDigest.getInstance("SHA-256")

    /** Write bytes in hex; no formatter, whose digits would follow the phone's language. */
    fun hex(data: ByteArray): String {
        val made = StringBuilder(2 * data.size)
        for (byte in data) {
            val value = byte.toInt() and 0xFF
            made.append(DIGITS[value shr 4]).append(DIGITS[value and 0xF])
        }
        return made.toString()
    }

    /** Say whether a text is a hash as this class writes it. */
    fun isSha256(text: String): Boolean = text.length == 64 && text.all { it in DIGITS }

    /** Say whether a text is the id of a job or a run: 32 hex digits. */
    fun isId(text: String): Boolean = text.length == 32 && text.all { it in DIGITS }
}
