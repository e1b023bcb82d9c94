package dev.pocketseg.harness.core

/** A JSON value. Numbers keep the text that they were written with. */
sealed class JsonValue

/** A table, its fields in the order in which they were written. */
data class JsonObject(val fields: Map<String, JsonValue>) : JsonValue() {
    /** Whether a field was written twice, and its first value held a number that no Double holds. */
    internal var hidesInfinite = false

    operator fun get(name: String): JsonValue? = fields[name]
}

/** A list. */
data class JsonArray(val items: List<JsonValue>) : JsonValue()

/** A text. */
data class JsonText(val text: String) : JsonValue()

/** True or false. */
data class JsonBoolean(val value: Boolean) : JsonValue()

/** Nothing. */
data object JsonNull : JsonValue()

/** A number. Two are equal where their values are, however they are written. */
class JsonNumber(val text: String) : JsonValue() {
    /** Whether it was written without a fraction and without an exponent: 1.0 is no whole number. */
    val isWhole: Boolean get() = text.none { it == '.' || it == 'e' || it == 'E' }

    fun toDouble(): Double = text.toDouble()

    fun toLong(): Long = text.toLong()

    override fun equals(other: Any?): Boolean = other is JsonNumber && toDouble() == other.toDouble()

    override fun hashCode(): Int = toDouble().hashCode()

    override fun toString(): String = text
}

/** Whether every number that was written in it is one that a Double holds; 1e999 is none. */
internal fun JsonValue.isFinite(): Boolean = when (this) {
    is JsonNumber -> isWhole || toDouble().isFinite()
    is JsonArray -> items.all { it.isFinite() }
    is JsonObject -> !hidesInfinite && fields.values.all { it.isFinite() }
    else -> true
}

/** A text that is no JSON; whoever reads it names the file and gives its own kind of error. */
class NotJson(message: String) : Exception(message)

/** Makes values of plain Kotlin: texts, numbers, booleans, null, lists, maps with texts as keys, and values. */
fun jsonOf(value: Any?): JsonValue = when (value) {
    null -> JsonNull
    is JsonValue -> value
    is String -> JsonText(value)
    is Boolean -> JsonBoolean(value)
    is Int, is Long -> JsonNumber(value.toString())
    is Double -> JsonNumber(numberText(value))
    is DoubleArray -> JsonArray(value.map { JsonNumber(numberText(it)) })
    is List<*> -> JsonArray(value.map(::jsonOf))
    is Map<*, *> -> JsonObject(value.entries.associate { (name, inside) -> name as String to jsonOf(inside) })
    else -> throw IllegalArgumentException("JSON has no ${value.javaClass.simpleName}")
}

/** Makes a table of its fields, in order. */
fun jsonObject(vararg fields: Pair<String, Any?>): JsonObject =
    JsonObject(fields.associate { (name, value) -> name to jsonOf(value) })

/** Writes a number as JSON does in every language of a phone; a whole one without a fraction. */
private fun numberText(value: Double): String {
    require(!value.isNaN() && !value.isInfinite()) { "JSON has no $value" }
    val whole = value.toLong()
    return if (whole.toDouble() == value &&
        whole in -LARGEST_WHOLE..LARGEST_WHOLE
    ) {
        whole.toString()
    } else {
        value.toString()
    }
}

private const val LARGEST_WHOLE = 9_007_199_254_740_991L
