package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File

/** Records that are made here: read again, left for Python in target/records, and kept in a job's folder. */
class RecordTest {
    private val bundle = Made.bundle()

    @Test
    fun `records of every kind are read again, and are left for Python to read`() {
        val folder = File(Cases.target, "records").apply { deleteRecursively() }
        val refused = Made.failed(
            bundle,
            "gpu was asked; the file has operations that it does not know",
        ).copy(status = "refused")
        val made = mapOf(
            "ok" to Made.document(bundle),
            "many" to Made.document(bundle, turns = 40, runs = 20),
            "few" to Made.document(bundle, turns = 1, runs = 1),
            "failed" to Made.failed(bundle, "loading: out of memory\nat line\u2028two"),
            "refused" to refused,
        )
        for ((name, document) in made) {
            val printable = document.copy(reason = Texts.printable(document.reason))
            val text = printable.sealed()
            assertEquals(text, JsonWriter.write(RecordReader.read(text.toByteArray())))
            AtomicFile.write(File(folder, "$name.json"), (text + "\n").toByteArray())
        }
    }

    @Test
    fun `a null without a reason is refused before it is written`() {
        val document = Made.document(bundle)
        for (name in document.unknown.keys) {
            Cases.expectRefused("null") { document.copy(unknown = document.unknown - name).sealed() }
        }
    }

    @Test
    fun `frequencies of other cores than a turn was seen on are refused`() {
        val document = Made.document(bundle)
        val seen = document.turns[0].device!!
        for (cores in listOf(null, emptyList(), listOf(4), listOf(4, 5, 7))) {
            val turn = Made.turn(0, runs = 3, device = seen.copy(cores = cores))
            val unknown = document.unknown + ("/turns/*/device/cores" to "its threads were gone")
            Cases.expectRefused("samples") {
                document.copy(turns = listOf(turn) + document.turns.drop(1), unknown = unknown).sealed()
            }
        }
    }

    @Test
    fun `a device that was not looked at in turns is not in the record`() {
        val document = Made.document(bundle)
        val turns = document.turns.map { Made.turn(it.number, runs = 3, device = null) }
        val runtime = document.runtime.copy(desktopVersion = null)
        val text = document.copy(turns = turns, runtime = runtime).sealed()
        val said = RecordReader.read(text.toByteArray())
        assertTrue(said.tables("turns").none { "device" in it.fields })
        assertEquals(JsonNull, said.table("runtime")["desktop_version"])
    }

    @Test
    fun `a number that loses digits elsewhere is refused`() {
        val document = Made.document(bundle)
        val most = (1L shl 53) - 1
        document.copy(run = document.run.copy(seed = most)).sealed()
        Cases.expectRefused("out-of-bounds") { document.copy(run = document.run.copy(seed = most + 2)).sealed() }
    }

    @Test
    fun `a change of one byte breaks the seal or the text`() {
        val data = Made.document(bundle).sealed().toByteArray()
        for (place in data.indices step 97) {
            val changed = data.copyOf().also { it[place] = (it[place].toInt() xor 1).toByte() }
            assertTrue(runCatching { RecordReader.read(changed) }.exceptionOrNull() is RecordRefused) { "byte $place" }
        }
    }

    @Test
    fun `a job's folder holds whole files alone`(@TempDir root: File) {
        val results = Results(root, Made.JOB)
        val at = Moment.text(0)
        for (state in JobState.values()) {
            results.write(Progress(Made.JOB, bundle.sha256, state, 0, 2, "timing", "a\nb", at))
        }
        val map = bundle.classMap(bundle.content.golden[0].maps[0], 0)
        assertEquals(results.add(map), results.add(map))
        results.addRecord(0, Made.document(bundle).sealed())
        Cases.expectRefused("already-there") { results.addRecord(0, "{}") }
        val files = results.folder.walk().filter { it.isFile }.map { it.relativeTo(results.folder).path }.toSet()
        assertEquals(setOf("progress.json", "0.json", "maps/${Hashes.sha256(ClassMapFile.encode(map))}.runs"), files)
        val said = JsonReader.read(File(results.folder, "progress.json").readBytes()) as JsonObject
        assertEquals("failed", said.text("state"))
        assertEquals("a b", said.text("reason"))
    }

    @Test
    fun `a job of another name makes no folder`(@TempDir root: File) {
        for (name in listOf("", "..", "../out", "a b", "x".repeat(32), Made.JOB + "0", "\$(reboot)")) {
            Cases.expectRefused("bad-name") { Results(root, name) }
        }
        assertTrue(root.list()!!.isEmpty())
    }

    @Test
    fun `a file that is written badly is not there`(@TempDir root: File) {
        val file = File(root, "a/model.onnx")
        Cases.expectRefused("file-hash") {
            AtomicFile.write(file) {
                it.write(1)
                throw BundleRefused(BundleFault.FILE_HASH, "damaged")
            }
        }
        assertFalse(file.exists())
        assertEquals(0, file.parentFile.list()!!.size)
    }

    @Test
    fun `an artifact is extracted whole and hashed`(@TempDir root: File) {
        val file = File(root, "model")
        bundle.extract(bundle.content.artifacts[0].file, file)
        assertEquals(bundle.content.artifacts[0].sha256, file.inputStream().use { Hashes.sha256(it) })
        FileSource(file).use { assertEquals(bundle.content.artifacts[0].sizeBytes, it.sizeBytes) }
        Cases.expectRefused("cannot-read") { FileSource(root) }
    }
}
