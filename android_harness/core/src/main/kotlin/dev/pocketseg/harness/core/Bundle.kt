package dev.pocketseg.harness.core

import java.io.Closeable
import java.io.File

/**
 * An open bundle: what bundle.json says, checked, and its files, each hashed when it is read; docs/bundle.md.
 *
 * [sha256] is the bundle's own hash, that of bundle.json; [document] is that as JSON, as far as this version knows it.
 */
class Bundle private constructor(
    private val archive: Archive,
    val sha256: String,
    val document: JsonObject,
    val content: BundleContent,
) : Closeable {
    /** Read a listed file. Throws [BundleRefused] where it is not what was listed. */
    fun read(name: String): ByteArray {
        val listed = listed(name)
        if (listed.sizeBytes > MOST_PART_BYTES) throw BundleRefused(BundleFault.FILE_SIZE, "$name is too large")
        val data = archive.read(name, MOST_PART_BYTES)
        checkHash(listed, Hashes.sha256(data))
        return data
    }

    /** Hash every file. Throws [BundleRefused] for the first that is not what was listed. */
    fun verify() {
        content.files.keys.forEach(::verify)
    }

    /** Hash one file. Throws [BundleRefused] where it is not what was listed. */
    fun verify(name: String) {
        val listed = listed(name)
        val digest = Hashes.digest()
        archive.chunks(name) { digest.update(it) }
        checkHash(listed, Hashes.hex(digest.digest()))
    }

    /** Write a listed file to [to], which is there only once it is whole. Throws [BundleRefused], [StorageRefused]. */
    fun extract(name: String, to: File) {
        val listed = listed(name)
        AtomicFile.write(to) { stream ->
            val digest = Hashes.digest()
            archive.chunks(name) {
                digest.update(it)
                stream.write(it)
            }
            checkHash(listed, Hashes.hex(digest.digest()))
        }
    }

    /** Read an artifact's manifest. Throws [BundleRefused] where it is none, or of another file than is listed. */
    fun manifest(artifact: Int): Manifest {
        val listed = content.artifacts[artifact]
        val found = try {
            ManifestReader.read(read(listed.manifest))
        } catch (error: ManifestRefused) {
            throw BundleRefused(BundleFault.MANIFEST, "${listed.manifest}: ${error.message}")
        }
        val isOwn = found.sha256 == listed.sha256 && found.sizeBytes == listed.sizeBytes &&
            found.target == listed.target && found.inputHeightPx == listed.heightPx &&
            found.inputWidthPx == listed.widthPx && found.classes == content.classes
        if (!isOwn) throw BundleRefused(BundleFault.MANIFEST, "${listed.manifest} says otherwise than bundle.json")
        return found
    }

    /** One photo at an input's size; the whole file is hashed and one photo kept. Throws [BundleRefused]. */
    fun photo(input: Int, photo: Int): Picture {
        val given = content.inputs[input]
        val rgb = ByteArray(3 * given.heightPx * given.widthPx)
        val start = photo.toLong() * rgb.size
        val digest = Hashes.digest()
        var at = 0L
        archive.chunks(given.file) { chunk ->
            digest.update(chunk)
            val from = maxOf(start, at)
            val upto = minOf(start + rgb.size, at + chunk.size)
            if (from < upto) chunk.copyInto(rgb, (from - start).toInt(), (from - at).toInt(), (upto - at).toInt())
            at += chunk.size
        }
        checkHash(listed(given.file), Hashes.hex(digest.digest()))
        return Picture(given.heightPx, given.widthPx, rgb)
    }

    /** A label or a golden map of a photo, at its size; labels alone hold 255. Throws [BundleRefused]. */
    fun classMap(name: String, photo: Int): ClassMap {
        val size = content.photos[photo]
        val found = try {
            ClassMapFile.decode(read(name))
        } catch (error: ClassMapRefused) {
            throw BundleRefused(BundleFault.CLASS_MAP, "$name: ${error.message}")
        }
        if (found.heightPx != size.heightPx || found.widthPx != size.widthPx) {
            throw BundleRefused(BundleFault.CLASS_MAP, "$name is not of its photo's size")
        }
        val isKnown = found.pixels.indices.all {
            val kind = found.at(it)
            kind < content.classes.size || (kind == Confusion.IGNORED && name == size.label)
        }
        if (!isKnown) throw BundleRefused(BundleFault.CLASS_MAP, "$name holds a class that there is not")
        return found
    }

    override fun close() = archive.close()

    private fun listed(name: String) =
        content.files[name] ?: throw BundleRefused(BundleFault.NOT_LISTED, "$name is not among the bundle's files")

    private fun checkHash(listed: ListedFile, found: String) {
        if (found != listed.sha256) throw BundleRefused(BundleFault.FILE_HASH, "${listed.name} is damaged")
    }

    companion object {
        const val NAME = "bundle.json"
        private const val MOST_JSON_BYTES = 64 shl 20
        private const val MOST_PART_BYTES = 256 shl 20
        private const val MAJOR = 1
        private const val MINOR = 0

        /** Open a bundle's zip. Throws [ArchiveRefused], [BundleRefused], [StorageRefused]. */
        fun open(file: File): Bundle = open(FileSource(file))

        /** Open a bundle's zip. Throws [ArchiveRefused], [BundleRefused], [StorageRefused]. */
        fun open(source: Source): Bundle {
            val archive = Archive(source)
            try {
                return opened(archive)
            } catch (error: Refused) {
                archive.close()
                throw error
            }
        }

        private fun opened(archive: Archive): Bundle {
            if (NAME !in archive.names) throw BundleRefused(BundleFault.NO_BUNDLE_JSON, "the zip has no $NAME")
            val data = archive.read(NAME, MOST_JSON_BYTES)
            val document = try {
                JsonReader.read(data)
            } catch (error: NotJson) {
                throw BundleRefused(BundleFault.NOT_JSON, "$NAME: ${error.message}")
            }
            val known = checked(document)
            val content = BundleParser.parse(known)
            checkFiles(archive, content.files)
            return Bundle(archive, Hashes.sha256(data), known, content)
        }

        /** Return what this version knows of a bundle.json. Throws [BundleRefused]. */
        internal fun checked(document: JsonValue): JsonObject {
            if (document !is JsonObject) throw BundleRefused(BundleFault.NOT_A_TABLE, "$NAME is no table")
            val version = Version.of(document)
                ?: throw BundleRefused(BundleFault.NO_VERSION, "$NAME says no schema_version")
            if (version.major != MAJOR) {
                throw BundleRefused(BundleFault.OTHER_VERSION, "$NAME is of version ${version.major}.${version.minor}")
            }
            val known = if (version.minor > MINOR) Schema.BUNDLE.knownPart(document) as JsonObject else document
            Schema.BUNDLE.fault(known)?.let { throw BundleRefused(faultOf(it), "$NAME: ${it.where} is ${it.keyword}") }
            if (!document.isFinite()) {
                throw BundleRefused(BundleFault.OUT_OF_BOUNDS, "$NAME: a number is beyond what a number can hold")
            }
            BundleChecks.check(BundleParser.parse(known))
            return known
        }

        private fun faultOf(found: SchemaFault) = when (found.keyword) {
            "required" -> BundleFault.MISSING
            "additionalProperties" -> BundleFault.UNKNOWN_FIELD
            "type" -> BundleFault.WRONG_TYPE
            "pattern", "enum" -> BundleFault.BAD_VALUE
            else -> BundleFault.OUT_OF_BOUNDS
        }

        private fun checkFiles(archive: Archive, files: Map<String, ListedFile>) {
            val present = archive.names.toSet() - NAME
            (present - files.keys).firstOrNull()?.let {
                throw BundleRefused(BundleFault.FILE_STRAY, "the zip holds $it, which $NAME does not list")
            }
            (files.keys - present).firstOrNull()?.let {
                throw BundleRefused(BundleFault.FILE_MISSING, "the zip lacks $it, which $NAME lists")
            }
            for (listed in files.values) {
                if (archive.sizeBytes(listed.name) != listed.sizeBytes) {
                    throw BundleRefused(BundleFault.FILE_SIZE, "${listed.name} has another size than is listed")
                }
            }
        }
    }
}
