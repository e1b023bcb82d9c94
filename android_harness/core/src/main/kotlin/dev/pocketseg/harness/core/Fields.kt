package dev.pocketseg.harness.core

// Fields of a document that its schema has been held against: what is asked for is there and of its type.

internal fun JsonObject.table(name: String): JsonObject = this[name] as JsonObject

internal fun JsonObject.tables(name: String): List<JsonObject> = items(name).map { it as JsonObject }

internal fun JsonObject.items(name: String): List<JsonValue> = (this[name] as JsonArray).items

internal fun JsonObject.text(name: String): String = (this[name] as JsonText).text

internal fun JsonObject.textOrNull(name: String): String? = (this[name] as? JsonText)?.text

internal fun JsonObject.texts(name: String): List<String> = items(name).map { (it as JsonText).text }

internal fun JsonObject.int(name: String): Int = (this[name] as JsonNumber).toLong().toInt()

internal fun JsonObject.long(name: String): Long = (this[name] as JsonNumber).toLong()

internal fun JsonObject.intOrNull(name: String): Int? = (this[name] as? JsonNumber)?.toLong()?.toInt()

internal fun JsonObject.double(name: String): Double = (this[name] as JsonNumber).toDouble()

internal fun JsonObject.doubleOrNull(name: String): Double? = (this[name] as? JsonNumber)?.toDouble()

internal fun JsonObject.doubles(name: String): DoubleArray =
    items(name).let { items -> DoubleArray(items.size) { (items[it] as JsonNumber).toDouble() } }

internal fun JsonObject.colors(name: String): List<List<Int>> =
    items(name).map { color -> (color as JsonArray).items.map { (it as JsonNumber).toLong().toInt() } }
