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
    fun add(stream: InputStream): File {
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
        return File(root, "$sha256.zip")
    }
}
