package dev.pocketseg.harness.core

import java.util.Random

/** Damage to files of a known form, by chance and field by field; a seed names one damaged file. */
object Damage {
    private val EXTREMES =
        longArrayOf(0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
    private val LONG = "x".repeat(5000)
    private val NASTY = listOf(
        "../../etc/passwd", "a b; rm -rf ~", "\$(reboot)", "a\nb", "\u202e", "ü", "", LONG, "\u0000", "\uD800", "ok",
        "2.0", "1.9", -1, 0, Long.MAX_VALUE, 1e308, 0.5, true, null, emptyList<Any>(), emptyMap<String, Any>(),
    )

    /** Damage bytes in one way, or in two. */
    fun of(data: ByteArray, random: Random): ByteArray {
        var found = data
        repeat(if (random.nextInt(4) == 0) 2 else 1) { found = once(found, random) }
        return found
    }

    private fun once(data: ByteArray, random: Random): ByteArray = when (random.nextInt(8)) {
        0, 1 -> data.copyOf().also { if (it.isNotEmpty()) flip(it, random) }
        2 -> data.copyOf(place(data, random))
        3 -> cutWithin(data, random)
        4 -> place(data, random).let { data.copyOf(it) + ByteArray(1 + random.nextInt(46)) + from(data, it) }
        5 -> splice(data, random)
        else -> extreme(data, random)
    }

    private fun cutWithin(data: ByteArray, random: Random): ByteArray {
        val at = place(data, random)
        return data.copyOf(at) + from(data, at + 1 + random.nextInt(46))
    }

    private fun from(data: ByteArray, at: Int) = data.copyOfRange(minOf(at, data.size), data.size)

    private fun flip(data: ByteArray, random: Random) {
        val at = place(data, random)
        data[at] = (data[at].toInt() xor (1 shl random.nextInt(8))).toByte()
    }

    /** Put a part of the file in the place of another. */
    private fun splice(data: ByteArray, random: Random): ByteArray {
        val found = data.copyOf()
        if (data.isEmpty()) return found
        val from = place(data, random)
        val to = place(data, random)
        val count = minOf(1 + random.nextInt(80), data.size - maxOf(from, to))
        data.copyInto(found, to, from, from + count)
        return found
    }

    /** Put an extreme number, or one near what stood there, in the place of a field. */
    private fun extreme(data: ByteArray, random: Random): ByteArray {
        val found = data.copyOf()
        val width = intArrayOf(1, 2, 4)[random.nextInt(3)]
        if (data.size < width) return found
        val at = minOf(place(data, random), data.size - width)
        var before = 0L
        for (k in width - 1 downTo 0) before = before shl 8 or (data[at + k].toLong() and 0xFF)
        val extreme = EXTREMES[random.nextInt(EXTREMES.size)]
        val value = longArrayOf(extreme, before + 1, before - 1, before * 2)[random.nextInt(4)]
        for (k in 0 until width) found[at + k] = (value shr 8 * k).toByte()
        return found
    }

    /** A place, often near the beginning or the end, where headers are. */
    private fun place(data: ByteArray, random: Random): Int {
        val near = 1 + random.nextInt(maxOf(1, minOf(data.size, 120)))
        return when (random.nextInt(3)) {
            0 -> random.nextInt(maxOf(1, data.size))
            1 -> minOf(near, maxOf(0, data.size - 1))
            else -> maxOf(0, data.size - near)
        }
    }

    /** Change one value somewhere in a document: another one, none, one twice, or one from elsewhere in it. */
    fun of(document: JsonObject, random: Random): JsonObject {
        val all = places(document, emptyList())
        val spot = all[random.nextInt(all.size)]
        val other = all[random.nextInt(all.size)]
        val way = random.nextInt(5)
        return changed(document, spot) { old ->
            when {
                way == 0 -> null
                way == 1 && old is JsonObject -> JsonObject(old.fields + ("surprise" to nasty(random)))
                way == 2 -> at(document, other)
                way == 3 && old is JsonNumber -> number(old, random)
                else -> nasty(random)
            }
        } as JsonObject
    }

    private fun number(old: JsonNumber, random: Random): JsonValue {
        if (!old.isWhole) return jsonOf(old.toDouble() * 1e9)
        return jsonOf(old.toLong() + longArrayOf(1, -1, 1L shl 40)[random.nextInt(3)])
    }

    private fun nasty(random: Random): JsonValue = jsonOf(NASTY[random.nextInt(NASTY.size)])

    private fun places(value: JsonValue, path: List<Any>): List<List<Any>> = when (value) {
        is JsonObject -> value.fields.flatMap { (name, inside) -> listOf(path + name) + places(inside, path + name) }
        is JsonArray -> value.items.flatMapIndexed { k, inside -> listOf(path + k) + places(inside, path + k) }
        else -> emptyList()
    }
    private fun at(value: JsonValue, path: List<Any>): JsonValue = path.fold(value) { found, step ->
        if (found is JsonObject) found[step as String]!! else (found as JsonArray).items[step as Int]
    }
    private fun changed(value: JsonValue, path: List<Any>, change: (JsonValue) -> JsonValue?): JsonValue? {
        if (path.isEmpty()) return change(value)
        if (value is JsonObject) {
            val name = path[0] as String
            val inside = changed(value[name]!!, path.drop(1), change)
            return JsonObject(if (inside == null) value.fields - name else value.fields + (name to inside))
        }
        val items = (value as JsonArray).items.toMutableList()
        val place = path[0] as Int
        val inside = changed(items[place], path.drop(1), change)
        if (inside == null) items.removeAt(place) else items[place] = inside
        return JsonArray(items)
    }
}
