package dev.pocketseg.harness.core

import java.util.concurrent.ConcurrentHashMap
import java.util.regex.Pattern

/** What a document breaks of its schema: where, which keyword, and the value that is there. */
class SchemaFault(val path: List<String>, val keyword: String, val value: JsonValue) {
    /** Where it is, as a JSON pointer. */
    val where: String get() = path.joinToString("") { "/" + it.replace("~", "~0").replace("/", "~1") }
}

/**
 * Holds documents against a schema of conformance/schema, which the jar carries as it is.
 *
 * It knows the keywords that those schemas use, and no others; keywords are looked at in the schema's own order.
 */
class Schema private constructor(private val root: JsonObject) {
    private val parts = root["\$defs"] as? JsonObject
    private val patterns = ConcurrentHashMap<String, Pattern>()

    /** Give the first thing that a document breaks; null where it fits. */
    fun fault(document: JsonValue): SchemaFault? = check(document, root, emptyList())

    /** Give a document without the fields that its schema does not name: what a newer minor version added. */
    fun knownPart(document: JsonValue): JsonValue = knownPart(document, root)

    private fun knownPart(value: JsonValue, part: JsonObject): JsonValue {
        val schema = resolved(part)
        val named = schema["properties"] as? JsonObject
        val items = schema["items"] as? JsonObject
        return when {
            value is JsonObject && named != null -> JsonObject(
                value.fields.filterKeys { it in named.fields }
                    .mapValues { (name, inside) -> knownPart(inside, named[name] as JsonObject) },
            )
            value is JsonArray && items != null -> JsonArray(value.items.map { knownPart(it, items) })
            else -> value
        }
    }

    private fun resolved(part: JsonObject): JsonObject {
        val name = (part["\$ref"] as? JsonText)?.text ?: return part
        return parts!![name.removePrefix("#/\$defs/")] as JsonObject
    }

    private fun check(value: JsonValue, part: JsonObject, path: List<String>): SchemaFault? {
        for ((keyword, asked) in resolved(part).fields) {
            val inside = inner(value, keyword, asked, part, path)
            if (inside != null) return inside
            if (!holds(value, keyword, asked)) return SchemaFault(path, keyword, value)
        }
        return null
    }

    /** Look into a table or a list. */
    private fun inner(
        value: JsonValue,
        keyword: String,
        asked: JsonValue,
        part: JsonObject,
        path: List<String>,
    ): SchemaFault? = when {
        value is JsonObject && keyword == "properties" -> (asked as JsonObject).fields.entries.firstNotNullOfOrNull {
            val inside = value[it.key]
            if (inside == null) null else check(inside, it.value as JsonObject, path + it.key)
        }
        value is JsonObject && keyword == "propertyNames" -> value.fields.keys.firstNotNullOfOrNull {
            check(JsonText(it), asked as JsonObject, path)
        }
        value is JsonObject && keyword == "additionalProperties" -> further(value, asked, part, path)
        value is JsonArray && keyword == "items" -> items(value, resolved(asked as JsonObject), path)
        else -> null
    }

    private fun further(value: JsonObject, asked: JsonValue, part: JsonObject, path: List<String>): SchemaFault? {
        val named = (resolved(part)["properties"] as? JsonObject)?.fields?.keys ?: emptySet()
        for ((name, inside) in value.fields) {
            if (name in named) continue
            if (asked !is JsonObject) return SchemaFault(path, "additionalProperties", value)
            check(inside, asked, path + name)?.let { return it }
        }
        return null
    }

    private fun items(value: JsonArray, asked: JsonObject, path: List<String>): SchemaFault? {
        for ((place, inside) in value.items.withIndex()) {
            check(inside, asked, path)?.let { return SchemaFault(path + place.toString(), it.keyword, it.value) }
        }
        return null
    }

    private fun holds(value: JsonValue, keyword: String, asked: JsonValue): Boolean = when (keyword) {
        "type" -> if (asked is JsonArray) asked.items.any { isOf(value, it) } else isOf(value, asked)
        "enum" -> value in (asked as JsonArray).items
        "const" -> value == asked
        "anyOf" -> (asked as JsonArray).items.any { check(value, it as JsonObject, emptyList()) == null }
        "required" -> value !is JsonObject || (asked as JsonArray).items.all { (it as JsonText).text in value.fields }
        "pattern" -> value !is JsonText || pattern((asked as JsonText).text).matcher(value.text).find()
        "uniqueItems" -> value !is JsonArray || value.items.toSet().size == value.items.size
        "minimum", "maximum", "exclusiveMinimum" ->
            value !is JsonNumber || isWithin(value.toDouble(), keyword, (asked as JsonNumber).toDouble())
        "minLength", "maxLength", "minItems", "maxItems", "maxProperties" ->
            isLongEnough(value, keyword, (asked as JsonNumber).toLong())
        else -> true
    }

    private fun isOf(value: JsonValue, type: JsonValue): Boolean = when ((type as JsonText).text) {
        "object" -> value is JsonObject
        "array" -> value is JsonArray
        "string" -> value is JsonText
        "boolean" -> value is JsonBoolean
        "null" -> value is JsonNull
        "number" -> value is JsonNumber
        "integer" -> value is JsonNumber && value.isWhole
        else -> false
    }

    private fun isWithin(value: Double, keyword: String, bound: Double): Boolean = when (keyword) {
        "minimum" -> value >= bound
        "maximum" -> value <= bound
        else -> value > bound
    }

    private fun isLongEnough(value: JsonValue, keyword: String, bound: Long): Boolean {
        val length = when {
            keyword.endsWith("Length") && value is JsonText -> value.text.codePointCount(0, value.text.length)
            keyword.endsWith("Items") && value is JsonArray -> value.items.size
            keyword.endsWith("Properties") && value is JsonObject -> value.fields.size
            else -> return true
        }
        return if (keyword.startsWith("min")) length >= bound else length <= bound
    }

    /** In Java `$` also stands before a last line's end; the schemas mean the end alone. */
    private fun pattern(text: String) = patterns.getOrPut(text) { Pattern.compile(text.replace("$", "\\z")) }

    companion object {
        val BUNDLE: Schema by lazy { load("bundle") }
        val MANIFEST: Schema by lazy { load("manifest") }
        val RECORD: Schema by lazy { load("record") }

        /** By its whole name: a shrinker may give this class another package, and leaves the schemas where they are. */
        private fun load(name: String): Schema {
            val place = "/dev/pocketseg/harness/core/schema/$name.schema.json"
            val stream = checkNotNull(Schema::class.java.getResourceAsStream(place)) { "this program lacks $place" }
            return Schema(JsonReader.read(stream.use { it.readBytes() }) as JsonObject)
        }
    }
}
