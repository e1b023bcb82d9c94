package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AtomicFile
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.ClassMap
import dev.pocketseg.harness.core.ClassMapFile
import dev.pocketseg.harness.core.InputTensor
import dev.pocketseg.harness.core.Manifest
import dev.pocketseg.harness.core.Passage
import dev.pocketseg.harness.core.RawOutput
import dev.pocketseg.harness.core.Resize
import dev.pocketseg.harness.core.Segmentation
import java.io.File

/**
 * What is looked at after the timing, on the session that was timed: every photo's class map, and whole passages.
 *
 * docs/bundle.md, "What an app does", 3. The job's own process judges the maps; here they are only made and kept.
 */
internal class OutputCheck(
    private val bundle: Bundle,
    private val request: LaunchRequest,
    private val manifest: Manifest,
    private val session: Session,
    private val device: Device,
    private val startNs: Long,
) {
    /** Keep each photo's class map, and the first's once more: A, B, ..., A. An output is read before the next run. */
    fun keepMaps(inputPlace: Int) {
        val photos = bundle.content.photos
        for (place in 0..photos.size) {
            val photo = place % photos.size
            session.fill(input(bundle, manifest, inputPlace, photo))
            val map = map(Outputs.of(session), photo)
            keep(if (place == photos.size) again(request.maps) else file(request.maps, photo), map)
        }
    }

    /** Go the whole way from the first photo's file to its class map, some times; never where it cannot be decoded. */
    fun passages(): List<Passage> = try {
        List(PASSAGES) { passage() }
    } catch (_: CannotRun) {
        emptyList()
    }

    private fun passage(): Passage {
        val start = System.nanoTime()
        val photo = Resize.resize(device.decode(request.photo), manifest.inputHeightPx, manifest.inputWidthPx)
        session.fill(InputTensor.bytes(photo, manifest.inputs[0]))
        val filled = System.nanoTime()
        val outputs = session.run()
        val ran = System.nanoTime()
        map(outputs, 0)
        val done = System.nanoTime()
        return Passage((start - startNs) / 1e9, (filled - start) / 1e6, (ran - filled) / 1e6, (done - ran) / 1e6)
    }

    private fun map(outputs: List<RawOutput>, photo: Int): ClassMap {
        val size = bundle.content.photos[photo]
        val found = Segmentation.classMap(outputs, manifest, size.heightPx, size.widthPx)
        if (found.notFinite > 0) throw WrongOutput("photo $photo gave ${found.notFinite} values that are not finite")
        return found.classMap
    }

    private fun keep(to: File, map: ClassMap) = AtomicFile.write(to, ClassMapFile.encode(map))

    companion object {
        private const val PASSAGES = 3

        /** Where a photo's map lies. */
        fun file(maps: File, photo: Int) = File(maps, "$photo.runs")

        /** Where the first photo's second map lies. */
        fun again(maps: File) = File(maps, "again.runs")
    }
}
