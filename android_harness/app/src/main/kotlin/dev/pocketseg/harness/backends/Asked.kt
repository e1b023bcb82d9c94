package dev.pocketseg.harness.backends

import dev.pocketseg.harness.core.TensorSpec
import dev.pocketseg.harness.run.CannotRun
import dev.pocketseg.harness.run.Wanted
import java.io.File
import java.io.FileInputStream
import java.io.IOException

/** What every backend looks at before it loads a file. */
internal object Asked {
    private const val HEAD_BYTES = 8

    /** Say what is against a file of [target]; [isOwn] knows such a file by its first eight bytes. */
    fun refusal(wanted: Wanted, target: String, isOwn: (ByteArray) -> Boolean): String? {
        val manifest = wanted.manifest
        return when {
            manifest.target != target -> "it is a file for ${manifest.target}, not for $target"
            manifest.inputs.size != 1 -> "it takes ${manifest.inputs.size} inputs, and a photo fills one"
            wanted.threads < 1 -> "it cannot run on ${wanted.threads} threads"
            else -> head(wanted.file)?.let { if (isOwn(it)) null else "its content is no file for $target" }
                ?: if (wanted.file.isFile) null else "the file is not there"
        }
    }

    /** The one input. Throws [CannotRun]: a runtime may fill in what it was not given. */
    fun input(wanted: Wanted): TensorSpec = wanted.manifest.inputs.singleOrNull()
        ?: throw CannotRun("it takes ${wanted.manifest.inputs.size} inputs, and a photo fills one")

    /** Words in a file's first bytes. */
    fun says(head: ByteArray, at: Int, word: String): Boolean =
        head.size >= at + word.length && word.indices.all { head[at + it] == word[it].code.toByte() }

    private fun head(file: File): ByteArray? = try {
        FileInputStream(file).use { stream ->
            val head = ByteArray(HEAD_BYTES)
            val count = stream.read(head)
            head.copyOf(maxOf(count, 0))
        }
    } catch (_: IOException) {
        null
    }
}
