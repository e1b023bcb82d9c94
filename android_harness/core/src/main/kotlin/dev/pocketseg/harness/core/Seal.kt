package dev.pocketseg.harness.core

/** The seal of a record: it tells one that was cut, changed or damaged; docs/record.md, "The seal". */
internal object Seal {
    private val OPEN = "0".repeat(64)
    private const val QUOTE = '"'.code.toByte()

    /** Write a document as one line with its seal; version and seal come first. */
    fun sealed(document: JsonObject, version: String): String {
        val fields = LinkedHashMap<String, JsonValue>()
        fields["schema_version"] = JsonText(version)
        fields["seal"] = JsonText(OPEN)
        for ((name, value) in document.fields) if (name !in fields) fields[name] = value
        val text = JsonWriter.write(JsonObject(fields))
        val place = text.indexOf("\"seal\":\"$OPEN\"") + "\"seal\":\"".length
        val seal = Hashes.sha256(text.toByteArray(Charsets.UTF_8))
        return text.substring(0, place) + seal + text.substring(place + seal.length)
    }

    /** Say whether a seal fits the bytes that it stands in. */
    fun fits(data: ByteArray, seal: JsonValue?): Boolean {
        val said = (seal as? JsonText)?.text ?: return false
        if (!Hashes.isSha256(said)) return false
        val places = places(data, said.toByteArray(Charsets.US_ASCII))
        val start = data.indexOf('{'.code.toByte())
        val end = data.lastIndexOf('}'.code.toByte()) + 1
        if (places.size != 1 || start < 0) return false
        val open = data.copyOfRange(start, end)
        OPEN.toByteArray(Charsets.US_ASCII).copyInto(open, places[0] - start)
        return Hashes.sha256(open) == said
    }

    /** Where the digits of a seal begin that stands between quotes; two places are enough to know. */
    private fun places(data: ByteArray, seal: ByteArray): List<Int> {
        val found = ArrayList<Int>()
        for (start in 1..data.size - seal.size - 1) {
            if (data[start - 1] != QUOTE || data[start + seal.size] != QUOTE) continue
            if (seal.indices.all { data[start + it] == seal[it] }) found.add(start)
            if (found.size > 1) return found
        }
        return found
    }
}
