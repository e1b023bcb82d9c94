package dev.pocketseg.harness.core

/** The pixels of a class map along its edges, and those near them; docs/bundle.md, "The golden check". */
class Edges private constructor(private val heightPx: Int, private val widthPx: Int, private val marked: BooleanArray) {
    /** How many there are. */
    val count: Int get() = marked.count { it }

    /** Whether a pixel, by its place in row-major order, is marked. */
    operator fun get(place: Int): Boolean = marked[place]

    /** Mark what lies within so many steps along rows and columns, too. */
    fun widened(px: Int): Edges {
        var found = marked
        repeat(px) { found = oneWider(found) }
        return Edges(heightPx, widthPx, found)
    }

    private fun oneWider(marked: BooleanArray): BooleanArray {
        val found = marked.copyOf()
        for (place in marked.indices) {
            if (!marked[place]) continue
            val column = place % widthPx
            if (column > 0) found[place - 1] = true
            if (column < widthPx - 1) found[place + 1] = true
            if (place >= widthPx) found[place - widthPx] = true
            if (place + widthPx < marked.size) found[place + widthPx] = true
        }
        return found
    }

    companion object {
        /** Mark the pixels that have a neighbour of another class, left, right, above or below. */
        fun of(map: ClassMap): Edges {
            val marked = BooleanArray(map.pixels.size)
            val width = map.widthPx
            for (place in marked.indices) {
                if (place % width < width - 1 && map.pixels[place] != map.pixels[place + 1]) {
                    marked[place] = true
                    marked[place + 1] = true
                }
                if (place + width < marked.size && map.pixels[place] != map.pixels[place + width]) {
                    marked[place] = true
                    marked[place + width] = true
                }
            }
            return Edges(map.heightPx, width, marked)
        }
    }
}
