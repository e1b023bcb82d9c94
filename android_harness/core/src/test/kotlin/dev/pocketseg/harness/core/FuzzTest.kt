package dev.pocketseg.harness.core

import com.sun.management.ThreadMXBean
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.lang.management.ManagementFactory
import java.util.Base64
import java.util.Random

/**
 * Thousands of damaged files: each reads to what was made or is refused by name, within bounded memory.
 *
 * What came out of each is left in target/fuzz, so that Python can be asked for the same.
 */
class FuzzTest {
    @Test
    fun `2,000 damaged zips`() {
        val files = mapOf(
            "a.json" to "{}\n".toByteArray(),
            "b/0.runs" to ByteArray(40) { it.toByte() },
            "b/c.rgb" to ByteArray(9),
        )
        val whole = ArchiveWriter.write(files)
        run("archives", 2_000, mostBytes = 4L shl 20, damaged = { Damage.of(whole, it) }) { data ->
            val found = Archive(ArraySource(data)).use { zip -> zip.names.associateWith { zip.read(it, 1 shl 20) } }
            found.forEach { (name, body) -> assertEquals(Hashes.sha256(files.getValue(name)), Hashes.sha256(body)) }
        }
    }

    @Test
    fun `2,000 damaged class maps`() {
        val random = Random(3)
        val pixels = ByteArray(630) { if (it % 200 < 170) 2 else random.nextInt(4).toByte() }
        val map = ClassMap(30, 21, pixels)
        val whole = ClassMapFile.encode(map)
        run("runs", 2_000, mostBytes = 2L shl 20, least = 0.7, damaged = { Damage.of(whole, it) }) { data ->
            assertEquals(Hashes.sha256(data), Hashes.sha256(ClassMapFile.encode(ClassMapFile.decode(data))))
        }
    }

    @Test
    fun `2,000 bundles whose bytes are damaged`() {
        val content = Made.bundle().document
        run("bundles", 2_000, mostBytes = 16L shl 20, damaged = { Damage.of(Made.zip, it) }) { data ->
            assertEquals(content, all(data))
        }
    }

    @Test
    fun `2,000 bundles whose bundle-json says another thing`() {
        val content = Made.bundle().document
        val damaged = { random: Random ->
            val text = JsonWriter.write(Damage.of(content, random))
            ArchiveWriter.write(Made.files + (Bundle.NAME to text.toByteArray()))
        }
        run("contents", 2_000, mostBytes = 16L shl 20, least = 0.6, damaged) { all(it) }
    }

    @Test
    fun `2,000 records whose bytes are damaged`() {
        val whole = Made.document(Made.bundle()).sealed()
        run("records", 2_000, mostBytes = 16L shl 20, damaged = { Damage.of(whole.toByteArray(), it) }) {
            assertEquals(JsonReader.read(whole), RecordReader.read(it))
        }
    }

    @Test
    fun `2,000 records that say another thing, sealed anew`() {
        val document = RecordReader.read(Made.document(Made.bundle()).sealed().toByteArray())
        val damaged = { random: Random ->
            val changed = Damage.of(document, random)
            val text = Seal.sealed(changed, (changed["schema_version"] as? JsonText)?.text ?: "")
            text.toByteArray()
        }
        run("documents", 2_000, mostBytes = 16L shl 20, least = 0.6, damaged) { RecordReader.read(it) }
    }

    @Test
    fun `2,000 damaged manifests`() {
        val files = Made.bundle().use { bundle -> bundle.read(bundle.content.artifacts[0].manifest) }
        val document = JsonReader.read(files) as JsonObject
        val damaged = { random: Random -> JsonWriter.write(Damage.of(document, random)).toByteArray() }
        run("manifests", 2_000, mostBytes = 16L shl 20, least = 0.5, damaged) { ManifestReader.read(it) }
    }

    @Test
    fun `what would take all memory is refused before it does`() {
        Cases.expectRefused("not-json") { RecordReader.read("[".repeat(1 shl 20).toByteArray()) }
        Cases.expectRefused("not-json") { RecordReader.read(("[" + "0,".repeat(6_000_000) + "0]").toByteArray()) }
        Cases.expectRefused("truncated") { ClassMapFile.decode(Cases.unhex("5053434d0110270000102700000101")) }
        Cases.expectRefused("not-json") { ManifestReader.read(("1".repeat(5_000)).toByteArray()) }
    }

    /** Read all of a bundle that an app does. */
    private fun all(zip: ByteArray): JsonObject = Bundle.open(ArraySource(zip)).use { bundle ->
        bundle.verify()
        bundle.content.artifacts.indices.forEach(bundle::manifest)
        bundle.document
    }

    private fun run(
        name: String,
        count: Int,
        mostBytes: Long,
        least: Double = 0.9,
        damaged: (Random) -> ByteArray,
        read: (ByteArray) -> Unit,
    ) {
        val threads = ManagementFactory.getThreadMXBean() as ThreadMXBean
        val own = Thread.currentThread().id
        val out = StringBuilder()
        var refused = 0
        for (seed in 0 until count) {
            val data = damaged(Random(seed.toLong()))
            val before = threads.getThreadAllocatedBytes(own)
            val code = try {
                read(data)
                "read"
            } catch (error: Refused) {
                assertTrue(error.message!!.isNotEmpty() && error.message!!.length <= 300)
                refused++
                error.fault.code
            }
            val taken = threads.getThreadAllocatedBytes(own) - before
            assertTrue(taken <= mostBytes) { "$name, seed $seed: $taken bytes were allocated" }
            out.append(code).append('\t').append(Base64.getEncoder().encodeToString(data)).append('\n')
        }
        AtomicFile.write(File(Cases.target, "fuzz/$name.txt"), out.toString().toByteArray())
        assertTrue(refused >= least * count) { "$name: only $refused of $count were refused" }
    }
}
