package dev.pocketseg.harness.core

/**
 * Reads JSON strictly (RFC 8259) and within bounds: no NaN, no comments, no deeper than 64 levels.
 *
 * Of two fields of one name in a table the later counts, as in Python.
 */
class JsonReader private constructor(private val text: String) {
    private var at = 0
    private var values = 0

    private fun whole(): JsonValue {
        val found = value(1)
        skipBlanks()
        if (at < text.length) fail("something follows its end")
        return found
    }

    private fun value(depth: Int): JsonValue {
        if (++values > MOST_VALUES) fail("it has more than $MOST_VALUES values")
        skipBlanks()
        if (at >= text.length) fail("it ends too early")
        return when (text[at]) {
            '{' -> table(depth)
            '[' -> list(depth)
            '"' -> JsonText(string())
            't' -> word("true", JsonBoolean(true))
            'f' -> word("false", JsonBoolean(false))
            'n' -> word("null", JsonNull)
            else -> number()
        }
    }

    private fun table(depth: Int): JsonObject {
        checkDepth(depth)
        at++
        val fields = LinkedHashMap<String, JsonValue>()
        val found = JsonObject(fields)
        skipBlanks()
        if (take('}')) return found
        while (true) {
            skipBlanks()
            if (at >= text.length || text[at] != '"') fail("a field has no name")
            val name = string()
            skipBlanks()
            if (!take(':')) fail("a colon is missing")
            val replaced = fields.put(name, value(depth + 1))
            if (replaced != null && !replaced.isFinite()) found.hidesInfinite = true
            skipBlanks()
            if (take('}')) return found
            if (!take(',')) fail("a comma is missing")
        }
    }

    private fun list(depth: Int): JsonArray {
        checkDepth(depth)
        at++
        val items = ArrayList<JsonValue>()
        skipBlanks()
        if (take(']')) return JsonArray(items)
        while (true) {
            items.add(value(depth + 1))
            skipBlanks()
            if (take(']')) return JsonArray(items)
            if (!take(',')) fail("a comma is missing")
        }
    }

    private fun string(): String {
        at++
        val start = at
        while (at < text.length && text[at] != '"' && text[at] != '\\' && text[at] >= ' ') at++
        if (at < text.length && text[at] == '"') return text.substring(start, at++)
        val made = StringBuilder(text.substring(start, at))
        while (true) {
            if (at >= text.length) fail("a text has no end")
            val sign = text[at++]
            when {
                sign == '"' -> return made.toString()
                sign == '\\' -> made.append(escaped())
                sign < ' ' -> fail("a text has a control character")
                else -> made.append(sign)
            }
        }
    }

    private fun escaped(): Char {
        if (at >= text.length) fail("a text has no end")
        return when (val sign = text[at++]) {
            '"', '\\', '/' -> sign
            'b' -> '\b'
            'f' -> '\u000C'
            'n' -> '\n'
            'r' -> '\r'
            't' -> '\t'
            'u' -> unit()
            else -> fail("a text has an unknown escape")
        }
    }

    private fun unit(): Char {
        if (at + 4 > text.length) fail("a text has no end")
        var code = 0
        repeat(4) {
            val digit = "0123456789abcdef".indexOf(text[at++].let { if (it in 'A'..'F') it + 32 else it })
            if (digit < 0) fail("an escape is not of four hex digits")
            code = code * 16 + digit
        }
        return code.toChar()
    }

    private fun number(): JsonNumber {
        val start = at
        take('-')
        if (!take('0')) digits()
        if (take('.')) digits()
        if (take('e') || take('E')) {
            if (!take('+')) take('-')
            digits()
        }
        if (at - start > LONGEST_NUMBER) fail("a number has more than $LONGEST_NUMBER characters")
        return JsonNumber(text.substring(start, at))
    }

    private fun digits() {
        val start = at
        while (at < text.length && text[at] in '0'..'9') at++
        if (at == start) fail("it has a sign where a value should be")
    }

    private fun word(word: String, meaning: JsonValue): JsonValue {
        if (!text.startsWith(word, at)) fail("it has a word that is none")
        at += word.length
        return meaning
    }

    private fun take(sign: Char): Boolean {
        val isThere = at < text.length && text[at] == sign
        if (isThere) at++
        return isThere
    }

    private fun skipBlanks() {
        while (at < text.length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r')) at++
    }

    private fun checkDepth(depth: Int) {
        if (depth > DEEPEST) fail("it is nested deeper than $DEEPEST levels")
    }

    private fun fail(what: String): Nothing = throw NotJson("it is no JSON: $what (sign $at)")

    companion object {
        private const val DEEPEST = 64
        private const val LONGEST_NUMBER = 4300
        private const val MOST_VALUES = 5_000_000 // a million runs with four times each, and some more

        /** Read a value. Throws [NotJson]. */
        fun read(text: String): JsonValue = JsonReader(text).whole()

        /** Read a value from UTF-8. Throws [NotJson]. */
        fun read(data: ByteArray): JsonValue = read(Texts.decode(data) ?: throw NotJson("it is no UTF-8 text"))
    }
}
