package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.JsonArray
import dev.pocketseg.harness.core.JsonBoolean
import dev.pocketseg.harness.core.JsonNull
import dev.pocketseg.harness.core.JsonNumber
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonReader
import dev.pocketseg.harness.core.JsonText
import dev.pocketseg.harness.core.JsonValue
import dev.pocketseg.harness.core.NotJson
import dev.pocketseg.harness.core.Texts
import java.io.File
import java.io.IOException

/** What another process wrote and cannot be taken; the message says which part. */
class AnswerRefused(message: String) : Exception(message)

/**
 * A table that another process wrote: each field is there, of its type and within its bounds, or [AnswerRefused] is thrown.
 *
 * The process ran code of a runtime that may have gone mad: what it leaves is data from outside.
 */
internal class Strict(private val table: JsonObject, private val where: String) {
    fun text(name: String, longest: Int = LONGEST): String = textOf(name, field(name), longest)

    fun textOrNull(name: String, longest: Int = LONGEST): String? =
        field(name).let { if (it is JsonNull) null else textOf(name, it, longest) }

    fun flag(name: String): Boolean = (field(name) as? JsonBoolean)?.value ?: refuse(name)

    fun flagOrNull(name: String): Boolean? = if (field(name) is JsonNull) null else flag(name)

    fun number(name: String, least: Double, most: Double): Double = numberOf(name, field(name), least, most)

    fun numberOrNull(name: String, least: Double, most: Double): Double? =
        field(name).let { if (it is JsonNull) null else numberOf(name, it, least, most) }

    fun whole(name: String, most: Long): Long = wholeOf(name, field(name), most)

    fun wholeOrNull(name: String, most: Long): Long? =
        field(name).let { if (it is JsonNull) null else wholeOf(name, it, most) }

    fun table(name: String): Strict = Strict(field(name) as? JsonObject ?: refuse(name), "$where/$name")

    fun tableOrNull(name: String): Strict? = if (field(name) is JsonNull) null else table(name)

    fun tables(name: String, most: Int): List<Strict> = items(name, most).mapIndexed { place, one ->
        Strict(one as? JsonObject ?: refuse(name), "$where/$name/$place")
    }

    fun numbers(name: String, atMost: Int, least: Double, most: Double): DoubleArray =
        items(name, atMost).let { items -> DoubleArray(items.size) { numberOf(name, items[it], least, most) } }

    fun numbersOrNull(name: String, atMost: Int, least: Double, most: Double): DoubleArray? =
        if (field(name) is JsonNull) null else numbers(name, atMost, least, most)

    /** Reasons by the names of fields. */
    fun reasons(name: String): Map<String, String> {
        val found = (field(name) as? JsonObject ?: refuse(name)).fields
        if (found.size > MOST_REASONS || found.keys.any { it.isEmpty() || it.length > LONGEST || !Texts.prints(it) }) {
            refuse(name)
        }
        return found.mapValues { (_, why) -> textOf(name, why, LONGEST) }
    }

    fun <T> oneOf(name: String, all: Array<T>, code: (T) -> String): T {
        val said = text(name)
        return all.firstOrNull { code(it) == said } ?: refuse(name)
    }

    private fun items(name: String, most: Int): List<JsonValue> {
        val found = (field(name) as? JsonArray ?: refuse(name)).items
        if (found.size > most) refuse(name)
        return found
    }

    private fun field(name: String): JsonValue = table[name] ?: refuse(name)

    private fun textOf(name: String, value: JsonValue, longest: Int): String {
        val found = (value as? JsonText ?: refuse(name)).text
        if (found.length > longest) refuse(name)
        return Texts.printable(found, longest)
    }

    private fun numberOf(name: String, value: JsonValue, least: Double, most: Double): Double {
        val found = (value as? JsonNumber ?: refuse(name)).toDouble()
        if (!(found >= least && found <= most)) refuse(name)
        return found
    }

    private fun wholeOf(name: String, value: JsonValue, most: Long): Long {
        if (value !is JsonNumber || !value.isWhole || value.text.length > MOST_DIGITS) refuse(name)
        val found = value.toLong()
        if (found < 0 || found > most) refuse(name)
        return found
    }

    private fun refuse(name: String): Nothing = throw AnswerRefused("$where/$name is not what it must be")

    companion object {
        private const val LONGEST = 400
        private const val MOST_DIGITS = 18
        private const val MOST_REASONS = 100

        /** Read a file's table; its size is looked at first. Throws [AnswerRefused]. */
        fun read(from: File, mostBytes: Long): Strict {
            val size = from.length()
            if (size > mostBytes) throw AnswerRefused("it is larger than $mostBytes bytes")
            val document = try {
                JsonReader.read(from.readBytes())
            } catch (error: NotJson) {
                throw AnswerRefused(error.message.orEmpty())
            } catch (error: IOException) {
                throw AnswerRefused("it cannot be read")
            }
            return Strict(document as? JsonObject ?: throw AnswerRefused("it is no table"), "")
        }
    }
}
