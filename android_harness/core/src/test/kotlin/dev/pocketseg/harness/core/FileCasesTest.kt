package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertArrayEquals
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory

/** Files of the contract: every case of runs, archives, manifests, bundles and records. */
class FileCasesTest {
    @TestFactory
    fun `a map has one file and the file one map`() = Cases.each(Cases.of("runs").tables("cases")) {
        val data = Cases.array(it.table("runs")).data
        Cases.expect(ClassMapFile.decode(data), it, "map")
        assertArrayEquals(data, ClassMapFile.encode(Cases.array(it.table("map")).classMap()))
    }

    @TestFactory
    fun `a damaged map is refused for its reason`() = Cases.each(Cases.of("runs").tables("refused")) {
        Cases.expectRefused(it.text("error")) { ClassMapFile.decode(Cases.unhex(it.text("bytes"))) }
    }

    @TestFactory
    fun `files have one zip and the zip its files`() = Cases.each(Cases.of("archives").tables("cases")) { case ->
        val data = Cases.array(case.table("bytes")).data
        val files = case.table("files").fields.mapValues { (_, hex) -> Cases.unhex((hex as JsonText).text) }
        assertEquals(files.mapValues { Hashes.sha256(it.value) }, unzipped(data).mapValues { Hashes.sha256(it.value) })
        assertEquals(case["written"], JsonBoolean(ArchiveWriter.write(files).contentEquals(data)))
    }

    @TestFactory
    fun `any other zip is refused for its reason`() = Cases.each(Cases.of("archives").tables("refused")) {
        Cases.expectRefused(it.text("error")) { unzipped(Cases.array(it.table("bytes")).data) }
    }

    @TestFactory
    fun `a valid manifest is read`() = Cases.each(Cases.of("manifests").tables("cases")) {
        val found = ManifestReader.read(JsonWriter.write(it.table("manifest")).toByteArray())
        assertEquals(it.table("manifest").texts("classes"), found.classes)
    }

    @TestFactory
    fun `a damaged manifest is refused for its reason`() = Cases.each(Cases.of("manifests").tables("refused")) {
        val data = it.textOrNull("bytes")?.let(Cases::unhex) ?: JsonWriter.write(it["manifest"]!!).toByteArray()
        Cases.expectRefused(it.text("error")) { ManifestReader.read(data) }
    }

    @TestFactory
    fun `a bundle holds what it says`() = Cases.each(Cases.of("bundles").tables("cases")) { case ->
        val bundle = Bundle.open(ArraySource(Cases.array(case.table("zip")).data))
        bundle.verify()
        assertEquals(case.text("sha256"), bundle.sha256)
        assertEquals(JsonObject(case.table("bundle").fields - "wishes"), bundle.document)
        val given = bundle.content.inputs[0]
        val photos = bundle.content.photos.indices.map { bundle.photo(0, it).rgb }
        val shape = listOf(photos.size, given.heightPx, given.widthPx, 3)
        Cases.expect(CaseArray("uint8", shape, photos.reduce(ByteArray::plus)), case, "inputs")
        Cases.expect(bundle.classMap(bundle.content.photos[0].label!!, 0), case, "label")
        for ((name, said) in case.table("maps").fields) {
            Cases.expect(bundle.classMap(name, photoOf(bundle, name)), JsonObject(mapOf("is" to said)))
        }
        bundle.content.artifacts.indices.forEach(bundle::manifest)
    }

    @TestFactory
    fun `a damaged bundle is refused for its reason`() = Cases.each(Cases.of("bundles").tables("refused")) { case ->
        Cases.expectRefused(case.text("error")) {
            val zip = case["zip"] as? JsonObject ?: return@expectRefused Bundle.checked(case["bundle"]!!)
            Bundle.open(ArraySource(Cases.array(zip).data)).use { bundle ->
                bundle.verify()
                bundle.content.artifacts.indices.forEach(bundle::manifest)
            }
        }
    }

    @TestFactory
    fun `a record says what it says`() = Cases.each(Cases.of("records").tables("cases")) {
        assertEquals(it["is"], RecordReader.read(bytesOf(it)))
    }

    @TestFactory
    fun `a damaged record is refused for its reason`() = Cases.each(Cases.of("records").tables("refused")) {
        Cases.expectRefused(it.text("error")) { RecordReader.read(bytesOf(it)) }
    }

    @TestFactory
    fun `each error of the contract has a case and a name here`() = listOf(
        "runs" to ClassMapFault.values().toList(),
        "archives" to ArchiveFault.values().toList(),
        "manifests" to ManifestFault.values().toList(),
        "bundles" to BundleFault.values().toList(),
        "records" to RecordFault.values().toList(),
    ).map { (name, faults) ->
        dynamicTest(name) {
            val said = Cases.of(name).table("errors").fields.keys
            assertEquals(emptySet<String>(), said - faults.map { (it as Fault).code }.toSet())
            assertEquals(said, Cases.of(name).tables("refused").map { it.text("error") }.toSet())
        }
    }

    private fun unzipped(data: ByteArray) =
        Archive(ArraySource(data)).use { zip -> zip.names.associateWith { zip.read(it, 1 shl 20) } }

    private fun bytesOf(case: JsonObject) =
        case.textOrNull("bytes")?.let(Cases::unhex) ?: case.text("text").toByteArray(Charsets.UTF_8)

    private fun photoOf(bundle: Bundle, name: String): Int {
        val lists = bundle.content.golden.flatMap { listOfNotNull(it.maps, it.networkMaps) } +
            listOf(bundle.content.photos.map { it.label })
        return lists.first { name in it }.indexOf(name)
    }
}
