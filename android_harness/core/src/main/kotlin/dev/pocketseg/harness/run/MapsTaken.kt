package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.Arithmetic
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.ClassMap
import dev.pocketseg.harness.core.ClassMapFile
import dev.pocketseg.harness.core.ClassMapRefused
import dev.pocketseg.harness.core.GoldenCheck
import dev.pocketseg.harness.core.GoldenResult
import dev.pocketseg.harness.core.PhotoResult
import dev.pocketseg.harness.core.Results
import java.io.File
import java.io.IOException
import java.nio.ByteBuffer
import java.nio.ByteOrder

/** What the class maps of a run come to. */
internal class MapsTaken(val results: List<PhotoResult>, val golden: GoldenResult) {
    companion object {
        private const val MOST_BYTES = 64L shl 20
        private const val HEADER_BYTES = 13
        private const val HEIGHT_AT = 5

        /**
         * Read the maps that a launch left, keep them with the results, and hold them against the golden ones.
         *
         * docs/bundle.md, "The golden check". Throws [AnswerRefused] for a map that is missing or is none of its photo.
         */
        fun of(bundle: Bundle, artifact: Int, said: AcceleratorPart, maps: File, results: Results): MapsTaken {
            val golden = bundle.content.golden[artifact]
            val isInEights = said.arithmetic == Arithmetic.INT8 && golden.arithmetic != Arithmetic.INT8
            val check = GoldenCheck(bundle, artifact, said.obtained, said.arithmetic.takeUnless { isInEights })
            val found = bundle.content.photos.indices.map { photo ->
                val map = read(bundle, OutputCheck.file(maps, photo), photo)
                PhotoResult(results.add(map), check.add(map))
            }
            check.again(read(bundle, OutputCheck.again(maps), 0))
            return MapsTaken(found, check.result())
        }

        private fun read(bundle: Bundle, file: File, photo: Int): ClassMap {
            val size = bundle.content.photos[photo]
            val map = try {
                if (file.length() > MOST_BYTES) throw AnswerRefused("the class map of photo $photo is too large")
                val data = file.readBytes()
                if (!saysSize(data, size.heightPx, size.widthPx)) {
                    throw AnswerRefused("the class map of photo $photo is not of its size")
                }
                ClassMapFile.decode(data)
            } catch (error: ClassMapRefused) {
                throw AnswerRefused("the class map of photo $photo is damaged: ${error.message}")
            } catch (_: IOException) {
                throw AnswerRefused("its process left no class map of photo $photo")
            }
            if (map.pixels.indices.any { map.at(it) >= bundle.content.classes.size }) {
                throw AnswerRefused("the class map of photo $photo holds a class that there is not")
            }
            return map
        }

        /** Look at a map's header before anything is made of its size. */
        private fun saysSize(data: ByteArray, heightPx: Int, widthPx: Int): Boolean {
            if (data.size < HEADER_BYTES) return false
            val header = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN)
            return header.getInt(HEIGHT_AT) == heightPx && header.getInt(HEIGHT_AT + 4) == widthPx
        }
    }
}
