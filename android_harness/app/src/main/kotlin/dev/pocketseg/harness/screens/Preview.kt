package dev.pocketseg.harness.screens

import android.content.Context
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.backends.Backends
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.ClassMap
import dev.pocketseg.harness.core.DataFault
import dev.pocketseg.harness.core.DataRefused
import dev.pocketseg.harness.core.InputTensor
import dev.pocketseg.harness.core.Manifest
import dev.pocketseg.harness.core.Picture
import dev.pocketseg.harness.core.Segmentation
import dev.pocketseg.harness.run.CannotRun
import dev.pocketseg.harness.run.Session
import dev.pocketseg.harness.run.Wanted
import java.io.Closeable
import java.io.File

/** What a file gave of a picture, and what that one run took. */
class Looked(val map: ClassMap, val ms: Double)

/** A file of a bundle, loaded to look at what it gives, by the CPU; one thread opens, uses and closes it. */
class Preview private constructor(private val manifest: Manifest, private val session: Session) : Closeable {
    val heightPx: Int get() = manifest.inputHeightPx
    val widthPx: Int get() = manifest.inputWidthPx

    /** Run it on a picture of its input's size; the map is of the size that is asked for. Throws [DataRefused]. */
    fun look(picture: Picture, heightPx: Int, widthPx: Int): Looked {
        session.fill(InputTensor.bytes(picture, manifest.inputs[0]))
        val began = System.nanoTime()
        val outputs = session.run()
        val ms = (System.nanoTime() - began) / 1e6
        val found = Segmentation.classMap(outputs, manifest, heightPx, widthPx)
        if (found.notFinite > 0) throw DataRefused(DataFault.UNSUPPORTED, "${found.notFinite} scores are no numbers")
        return Looked(found.classMap, ms)
    }

    override fun close() = session.close()

    companion object {
        private const val THREADS = 4

        /** Load a file. Throws [CannotRun], [dev.pocketseg.harness.core.Refused], and what the runtime throws. */
        fun open(context: Context, bundle: Bundle, artifact: Int): Preview {
            val said = bundle.content.artifacts[artifact]
            val manifest = bundle.manifest(artifact)
            val backend = Backends.named(context, said.runtime)
                ?: throw CannotRun("this app has no runtime ${said.runtime}")
            if (said.file !in bundle.content.files) throw CannotRun("${said.target} files do not run on Android")
            val wanted = Wanted(extracted(context, bundle, said.file), manifest, "cpu", threads(bundle, artifact))
            backend.refusal(wanted)?.let { throw CannotRun(it) }
            return Preview(manifest, backend.open(wanted))
        }

        private fun threads(bundle: Bundle, artifact: Int): Int = bundle.content.job.runs
            .firstOrNull { it.artifact == artifact && it.accelerator == "cpu" }?.threads ?: THREADS

        /** The file by its hash: what lies there under that name was checked when it was written. */
        private fun extracted(context: Context, bundle: Bundle, name: String): File {
            val folder = File(context.cacheDir, "preview")
            val hash = bundle.content.files.getValue(name).sha256
            val file = File(folder, hash + "." + name.substringAfterLast('.'))
            folder.listFiles().orEmpty().filter { it != file }.forEach { it.delete() }
            if (!file.exists()) bundle.extract(name, file)
            return file
        }

        /** What is shown of a bundle that is kept. */
        fun bundle(context: Context, sha256: String): Bundle = Bundle.open(Places.bundles(context).file(sha256))
    }
}
