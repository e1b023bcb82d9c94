package dev.pocketseg.harness.core

/** What a file's outputs come to on one photo. [notFinite]: scores that are no number; any fails the file. */
class Segmented(val classMap: ClassMap, val notFinite: Int)

/** From a runtime's outputs to the class map at a photo's size, as the manifest says it. */
object Segmentation {
    /** Bring them there. Throws [DataRefused] where they are not what the manifest says. */
    fun classMap(outputs: List<RawOutput>, manifest: Manifest, heightPx: Int, widthPx: Int): Segmented {
        val wanted = manifest.outputs[0]
        val output = RawOutput.chosen(outputs, wanted)
        if (manifest.output == "classmap") {
            val found = output.classMap(wanted, manifest.classes.size)
            return Segmented(found.resized(heightPx, widthPx), notFinite = 0)
        }
        val scores = output.scores(wanted, manifest.classes.size)
        return Segmented(scores.classMap(heightPx, widthPx), scores.notFinite)
    }
}
