package dev.pocketseg.harness.core

import java.io.File
import java.io.InputStream

/**
 * The bundles that an app keeps, each named by its hash: one that is there is never written again.
 *
 * So a bundle that is open, or mapped into memory, does not change under whoever reads it.
 */
class BundleStore(private val root: File) {
    /** Keep a bundle that is whole, and return its file. Throws [Refused]; then nothing of it is left. */
    fun add(stream: InputStream): File = synchronized(ADDING) { added(stream) }

    /** The hashes of all that are kept. */
    fun kept(): List<String> =
        root.list().orEmpty().map { it.removeSuffix(SUFFIX) }.filter { Hashes.isSha256(it) && file(it).isFile }.sorted()

    /** Keep a bundle no longer. Who has it open reads on. */
    fun remove(sha256: String) {
        file(sha256).delete()
    }

    private fun added(stream: InputStream): File {
        val arriving = File(root, "arriving.zip")
        try {
            AtomicFile.write(arriving) { stream.copyTo(it) }
            val name = Bundle.open(arriving).use {
                it.verify()
                it.sha256
            }
            val kept = file(name)
            if (!kept.exists() && !arriving.renameTo(kept)) {
                throw StorageRefused(StorageFault.CANNOT_WRITE, "the bundle cannot be kept")
            }
            return kept
        } finally {
            arriving.delete()
        }
    }

    /** Where a bundle of this hash lies, or would lie. Throws [StorageRefused] for what is no hash. */
    fun file(sha256: String): File {
        if (!Hashes.isSha256(sha256)) throw StorageRefused(StorageFault.BAD_NAME, "a bundle's hash has 64 hex digits")
        return File(root, "$sha256$SUFFIX")
    }

    private companion object {
        const val SUFFIX = ".zip"
        val ADDING = Any() // one at a time: those that arrive share a name
    }
}
