package dev.pocketseg.harness.core

/** Reads a record: its seal, its schema, and what no schema can ask for; docs/record.md. */
object RecordReader {
    const val VERSION = "1.4"
    const val MOST_BYTES = 64 shl 20
    private const val MAJOR = 1
    private const val MINOR = 4

    /** Read a record's document; fields of a newer minor version are kept and not looked at. Throws [RecordRefused]. */
    fun read(data: ByteArray): JsonObject {
        if (data.size > MOST_BYTES) refuse(RecordFault.OUT_OF_BOUNDS, "it is larger than $MOST_BYTES bytes")
        val document = try {
            JsonReader.read(data)
        } catch (error: NotJson) {
            throw RecordRefused(RecordFault.NOT_JSON, "the record is damaged: ${error.message}")
        }
        if (document !is JsonObject) refuse(RecordFault.NOT_A_TABLE, "it is no table")
        val version = Version.of(document) ?: refuse(RecordFault.NO_VERSION, "it says no schema_version")
        if (version.major != MAJOR) refuse(RecordFault.OTHER_VERSION, "it is of version ${version.major}")
        if (!Seal.fits(data, document["seal"])) refuse(RecordFault.SEAL, "its seal does not fit")
        val known = if (version.minor > MINOR) Schema.RECORD.knownPart(document) as JsonObject else document
        Schema.RECORD.fault(known)?.let { refuse(faultOf(it), "${it.where} is ${it.keyword}") }
        if (!document.isFinite()) refuse(RecordFault.OUT_OF_BOUNDS, "a number is beyond what a number can hold")
        if (!prints(known)) refuse(RecordFault.DOES_NOT_PRINT, "a text has characters that do not print")
        RecordChecks.check(known)
        return document
    }

    /** Seal a document that was made here. Throws [RecordRefused] for one that could not be read again. */
    fun sealed(document: JsonObject): String =
        Seal.sealed(document, VERSION).also { read(it.toByteArray(Charsets.UTF_8)) }

    private fun faultOf(found: SchemaFault): RecordFault {
        val text = (found.value as? JsonText)?.text
        return when {
            found.keyword == "pattern" && text != null && !Texts.prints(text) -> RecordFault.DOES_NOT_PRINT
            found.keyword == "pattern" || found.keyword == "enum" -> RecordFault.BAD_VALUE
            found.keyword == "required" -> RecordFault.MISSING
            found.keyword == "additionalProperties" -> RecordFault.UNKNOWN_FIELD
            found.keyword == "type" -> RecordFault.WRONG_TYPE
            else -> RecordFault.OUT_OF_BOUNDS
        }
    }

    private fun prints(value: JsonValue): Boolean = when (value) {
        is JsonText -> Texts.prints(value.text)
        is JsonArray -> value.items.all(::prints)
        is JsonObject -> value.fields.all { (name, inside) -> Texts.prints(name) && prints(inside) }
        else -> true
    }

    private fun refuse(fault: RecordFault, what: String): Nothing =
        throw RecordRefused(fault, "the record is damaged: $what")
}
