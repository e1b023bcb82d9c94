package dev.pocketseg.harness.core

/** What a class map that is far from its golden one looks like, in a sentence. */
internal object Likeness {
    private const val SHIFT_PX = 2

    /** Name what it is, or what undoes at least half of what differs; empty where nothing does. */
    fun of(found: ClassMap, golden: ClassMap, agreement: Double, before: ClassMap?): String {
        if (before != null && before == found) return "it is the map of the photo before it"
        if (found.pixels.all { it == found.pixels[0] }) {
            return "it is class ${found.at(0)} everywhere, as where no output was written"
        }
        val (sentence, best) = undone(found, golden).maxByOrNull { it.second }!!
        return if (best > (1 + agreement) / 2) sentence else ""
    }

    private fun undone(found: ClassMap, golden: ClassMap): List<Pair<String, Double>> = buildList {
        val height = found.heightPx
        val width = found.widthPx
        fun say(sentence: String, source: (row: Int, column: Int) -> Int) =
            add(sentence to share(found, golden, source))
        say("it is upside down") { row, column -> (height - 1 - row) * width + column }
        say("it is mirrored") { row, column -> row * width + width - 1 - column }
        say("it is turned by 180 degrees") { row, column -> (height - 1 - row) * width + width - 1 - column }
        val renamed = renamed(found, golden)
        add(
            "classes are exchanged: the output's axis or the list of classes is another" to
                Judge.agreement(renamed, golden),
        )
        for (down in -SHIFT_PX..SHIFT_PX) {
            for (right in -SHIFT_PX..SHIFT_PX) {
                if (down == 0 && right == 0) continue
                say("it is moved by ${-down} rows and ${-right} columns: another rule of resizing") { row, column ->
                    Math.floorMod(row - down, height) * width + Math.floorMod(column - right, width)
                }
            }
        }
        if (height == width) say("rows and columns are exchanged") { row, column -> column * width + row }
    }
    private inline fun share(found: ClassMap, golden: ClassMap, source: (row: Int, column: Int) -> Int): Double {
        var equal = 0
        var place = 0
        for (row in 0 until golden.heightPx) {
            for (column in 0 until golden.widthPx) {
                if (found.pixels[source(row, column)] == golden.pixels[place++]) equal++
            }
        }
        return equal.toDouble() / golden.pixels.size
    }

    /** Call each class what the golden map mostly calls its pixels, where no two get one name. */
    private fun renamed(found: ClassMap, golden: ClassMap): ClassMap {
        val counts = Array(256) { IntArray(256) }
        for (place in found.pixels.indices) counts[found.at(place)][golden.at(place)]++
        val used = counts.indices.filter { kind -> counts[kind].any { it > 0 } }
        val names = used.associateWith { kind -> counts[kind].indices.maxByOrNull { counts[kind][it] }!! }
        if (names.values.toSet().size < used.size) return found
        val pixels = ByteArray(found.pixels.size) { names.getValue(found.at(it)).toByte() }
        return ClassMap(found.heightPx, found.widthPx, pixels)
    }
}
