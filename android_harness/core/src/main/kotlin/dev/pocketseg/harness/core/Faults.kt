package dev.pocketseg.harness.core

/** The names of all errors, as conformance/cases spells them. */
sealed interface Fault {
    /** The name in lower case, its words joined by hyphens. */
    val code: String
}

private fun codeOf(name: String) = name.lowercase().replace('_', '-')

/** What a zip may be refused for; docs/bundle.md, "The zip". */
enum class ArchiveFault : Fault {
    TRUNCATED,
    END_RECORD,
    ZIP64,
    COMPRESSED,
    ENCRYPTED,
    DATA_DESCRIPTOR,
    FLAGS,
    TWO_SIZES,
    EXTRA_FIELD,
    COMMENT,
    MADE_BY,
    ATTRIBUTES,
    TIME,
    OTHER_DISK,
    LOCAL_HEADER,
    GAP,
    NOT_SORTED,
    SAME_NAME,
    WRONG_CRC,
    NAME_NOT_ASCII,
    NAME_BACKSLASH,
    NAME_ABSOLUTE,
    NAME_FOLDER,
    NAME_DOTS,
    NAME_TOO_LONG,
    NAME_CHARACTERS,
    NO_SUCH_FILE,
    TOO_LARGE,
    ;

    override val code get() = codeOf(name)
}

/** What a .runs file may be refused for; docs/bundle.md, "Class maps". */
enum class ClassMapFault : Fault {
    NO_CLASS_MAP,
    OTHER_VERSION,
    BEYOND_BOUNDS,
    TRUNCATED,
    NOT_CANONICAL,
    TOO_LONG,
    ;

    override val code get() = codeOf(name)
}

/** What a bundle may be refused for; docs/bundle.md, "bundle.json". */
enum class BundleFault : Fault {
    NOT_JSON,
    NOT_A_TABLE,
    NO_VERSION,
    OTHER_VERSION,
    MISSING,
    UNKNOWN_FIELD,
    WRONG_TYPE,
    OUT_OF_BOUNDS,
    BAD_VALUE,
    NOT_SORTED,
    SAME_NAME,
    NAME,
    CLASSES,
    PHOTO,
    INPUT_SIZE,
    PLACE,
    SIZES_DIFFER,
    ARTIFACT,
    RUN_TWICE,
    COUNTS,
    NETWORK_MAPS,
    NOT_LISTED,
    NOT_NAMED,
    FILE_MISSING,
    FILE_STRAY,
    FILE_SIZE,
    FILE_HASH,
    NO_BUNDLE_JSON,
    MANIFEST,
    CLASS_MAP,
    ;

    override val code get() = codeOf(name)
}

/** What a manifest may be refused for; conformance/README.md, "Errors". */
enum class ManifestFault : Fault {
    NOT_JSON,
    OTHER_VERSION,
    MISSING,
    UNKNOWN_ENTRY,
    WRONG_TYPE,
    OUT_OF_BOUNDS,
    BAD_VALUE,
    DOES_NOT_PRINT,
    FILE_NAME,
    CLASSES,
    COLOURS_NOT_CLASSES,
    CLASSES_NOT_CHANNELS,
    SIZES_DIFFER,
    GOLDEN,
    ;

    override val code get() = codeOf(name)
}

/** What a record may be refused for; docs/record.md. */
enum class RecordFault : Fault {
    NOT_JSON,
    NOT_A_TABLE,
    NO_VERSION,
    OTHER_VERSION,
    SEAL,
    MISSING,
    UNKNOWN_FIELD,
    WRONG_TYPE,
    OUT_OF_BOUNDS,
    BAD_VALUE,
    DOES_NOT_PRINT,
    SAMPLES,
    STATISTICS,
    CLASSES,
    STATUS,
    VERDICT,
    NULL,
    ;

    override val code get() = codeOf(name)
}

/** What tensors, planes and class maps may be refused for; docs/preprocessing.md. */
enum class DataFault : Fault {
    NO_SUCH_OUTPUT,
    OTHER_TENSOR,
    CLASSES_NOT_CHANNELS,
    NO_SUCH_CLASS,
    NO_SUCH_LABEL,
    OTHER_SIZE,
    BEYOND_MEMORY,
    UNSUPPORTED,
    ;

    override val code get() = codeOf(name)
}

/** What a place on the disk may be refused for. */
enum class StorageFault : Fault {
    BAD_NAME,
    CANNOT_READ,
    CANNOT_WRITE,
    ALREADY_THERE,
    ;

    override val code get() = codeOf(name)
}
