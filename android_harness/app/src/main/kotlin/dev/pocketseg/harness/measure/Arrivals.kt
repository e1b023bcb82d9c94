package dev.pocketseg.harness.measure

import dev.pocketseg.harness.core.BundleFault
import dev.pocketseg.harness.core.BundleRefused
import dev.pocketseg.harness.core.BundleStore
import dev.pocketseg.harness.core.Refused
import dev.pocketseg.harness.core.StorageFault
import dev.pocketseg.harness.core.StorageRefused
import java.io.File
import java.io.FileInputStream
import java.io.IOException

/** Finds a bundle that a job asks for: among those that are kept, else where a computer left it. */
class Arrivals(private val store: BundleStore, private val pushed: File) {
    /** Return the kept bundle of this hash, keeping it first where it is new. Throws [Refused]. */
    fun kept(sha256: String): File {
        val kept = store.file(sha256)
        if (kept.isFile) return kept
        val arrived = File(pushed, "$sha256.zip")
        val found = try {
            FileInputStream(arrived).use(store::add)
        } catch (error: IOException) {
            throw StorageRefused(StorageFault.CANNOT_READ, "the bundle is not on this device: ${error.message}")
        }
        if (found != kept) throw BundleRefused(BundleFault.FILE_HASH, "it is another bundle than was asked for")
        return kept
    }
}
