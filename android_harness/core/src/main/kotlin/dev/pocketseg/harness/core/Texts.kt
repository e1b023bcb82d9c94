package dev.pocketseg.harness.core

import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import java.nio.charset.CodingErrorAction

/** Texts from outside: strict UTF-8, and the signs that no name, record or screen should be given. */
object Texts {
    private const val LONGEST = 300
    private const val BYTE_ORDER_MARK = '\uFEFF'

    /** Decode UTF-8, a byte order mark left out; null for bytes that are none. */
    fun decode(data: ByteArray): String? {
        val decoder = Charsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT)
        return try {
            decoder.decode(ByteBuffer.wrap(data)).toString().removePrefix(BYTE_ORDER_MARK.toString())
        } catch (_: CharacterCodingException) {
            null
        }
    }

    /** Say whether every sign prints: no controls, no line ends, nothing that turns text, no half of a character. */
    fun prints(text: String): Boolean {
        var at = 0
        while (at < text.length) {
            val sign = text.codePointAt(at)
            if (!prints(sign)) return false
            at += Character.charCount(sign)
        }
        return true
    }

    /** Make a text one line that a record and a screen take, of at most [longest] signs. */
    fun printable(text: String, longest: Int = LONGEST): String {
        val made = StringBuilder()
        var at = 0
        while (at < text.length && made.length < longest) {
            val sign = text.codePointAt(at)
            if (prints(sign)) made.appendCodePoint(sign) else made.append(if (sign < ' '.code) ' ' else '?')
            at += Character.charCount(sign)
        }
        return made.toString()
    }

    private fun prints(sign: Int): Boolean = when (sign) {
        in 0x00..0x1F, in 0x7F..0x9F, in 0x2028..0x202E, in 0x2066..0x2069, in 0xD800..0xDFFF -> false
        else -> true
    }
}
