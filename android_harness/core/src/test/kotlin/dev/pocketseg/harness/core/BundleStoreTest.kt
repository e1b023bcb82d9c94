package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File

/** Bundles that are kept: by hash, whole, and never replaced. */
class BundleStoreTest {
    @Test
    fun `a bundle that comes again leaves the first as it is`(@TempDir root: File) {
        val store = BundleStore(root)
        val first = store.add(Made.zip.inputStream())
        assertEquals(store.file(Made.bundle().sha256), first)
        first.setLastModified(1_000_000)
        assertEquals(first, store.add(Made.zip.inputStream()))
        assertEquals(1_000_000, first.lastModified())
        store.add(Made.zipOf(leastNetworkAgreement = 0.5).inputStream())
        assertEquals(2, root.list()!!.size)
    }

    @Test
    fun `a bundle that is damaged leaves nothing`(@TempDir root: File) {
        val damaged = Made.zip.copyOf().also { it[60] = (it[60].toInt() xor 1).toByte() }
        Cases.expectRefused("wrong-crc") { BundleStore(root).add(damaged.inputStream()) }
        Cases.expectRefused("truncated") { BundleStore(root).add(ByteArray(0).inputStream()) }
        assertEquals(0, root.list()!!.size)
    }

    @Test
    fun `a name that is no hash has no place`(@TempDir root: File) {
        for (name in listOf("", "..", "../x", "A".repeat(64), "\u0660".repeat(64))) {
            Cases.expectRefused("bad-name") { BundleStore(root).file(name) }
        }
    }
}
