package dev.pocketseg.harness.core

/** Pixels by label (rows) and by what a file says (columns), and the scores that follow; docs/method.md. */
class Confusion(val classes: Int) {
    /** Row-major: `counts[label * classes + predicted]`. */
    val counts = LongArray(classes * classes)

    /** Count a photo's pixels. Throws [DataRefused], before anything is counted. */
    fun add(predicted: ClassMap, label: ClassMap) {
        if (predicted.heightPx != label.heightPx || predicted.widthPx != label.widthPx) {
            throw DataRefused(DataFault.OTHER_SIZE, "a class map and its label are of two sizes")
        }
        val found = LongArray(counts.size)
        for (place in predicted.pixels.indices) {
            val said = predicted.at(place)
            val right = label.at(place)
            if (said >= classes) throw DataRefused(DataFault.NO_SUCH_CLASS, "class $said of $classes classes")
            if (right == IGNORED) continue
            if (right >= classes) throw DataRefused(DataFault.NO_SUCH_LABEL, "label $right of $classes classes")
            found[right * classes + said]++
        }
        add(found)
    }

    /** Add a matrix of as many classes. */
    fun add(matrix: LongArray) {
        for (place in counts.indices) counts[place] += matrix[place]
    }

    /** The IoU of a class; null where no label pixel is of it. */
    fun iou(kind: Int): Double? {
        var labelled = 0L
        var predicted = 0L
        for (other in 0 until classes) {
            labelled += counts[kind * classes + other]
            predicted += counts[other * classes + kind]
        }
        val hits = counts[kind * classes + kind]
        return if (labelled == 0L) null else hits.toDouble() / (labelled + predicted - hits)
    }

    /** The mean IoU over the classes that labels hold; null where there is none. */
    fun miou(): Double? {
        val known = (0 until classes).mapNotNull(::iou)
        return if (known.isEmpty()) null else known.sum() / known.size
    }

    companion object {
        /** A label that does not count. */
        const val IGNORED = 255
    }
}
