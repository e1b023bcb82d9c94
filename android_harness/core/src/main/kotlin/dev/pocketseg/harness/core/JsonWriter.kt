package dev.pocketseg.harness.core

/** Writes JSON as one line, the same in every language of a phone. */
object JsonWriter {
    /** Write a value. */
    fun write(value: JsonValue): String = StringBuilder().also { append(it, value) }.toString()

    private fun append(out: StringBuilder, value: JsonValue) {
        when (value) {
            is JsonObject -> appendTable(out, value)
            is JsonArray -> appendList(out, value)
            is JsonText -> appendText(out, value.text)
            is JsonNumber -> out.append(value.text)
            is JsonBoolean -> out.append(if (value.value) "true" else "false")
            JsonNull -> out.append("null")
        }
    }

    private fun appendTable(out: StringBuilder, value: JsonObject) {
        out.append('{')
        var isFirst = true
        for ((name, inside) in value.fields) {
            if (!isFirst) out.append(',')
            isFirst = false
            appendText(out, name)
            out.append(':')
            append(out, inside)
        }
        out.append('}')
    }

    private fun appendList(out: StringBuilder, value: JsonArray) {
        out.append('[')
        for ((place, inside) in value.items.withIndex()) {
            if (place > 0) out.append(',')
            append(out, inside)
        }
        out.append(']')
    }

    private fun appendText(out: StringBuilder, text: String) {
        out.append('"')
        for (sign in text) {
            when {
                sign == '"' -> out.append("\\\"")
                sign == '\\' -> out.append("\\\\")
                sign < ' ' -> out.append("\\u00").append("0123456789abcdef"[sign.code shr 4])
                    .append("0123456789abcdef"[sign.code and 0xF])
                else -> out.append(sign)
            }
        }
        out.append('"')
    }
}
