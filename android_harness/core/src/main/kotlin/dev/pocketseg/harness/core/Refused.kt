package dev.pocketseg.harness.core

/**
 * Why something from outside was not taken: one family of exceptions, each with a fault of its own list.
 *
 * A fault's [Fault.code] is the name that conformance/cases gives it. The message is for people and may change.
 */
sealed class Refused(val fault: Fault, detail: String) : Exception(Texts.printable(detail))

/** A zip that is not of the canonical form. */
class ArchiveRefused(fault: ArchiveFault, detail: String) : Refused(fault, detail)

/** A file of class maps (.runs) that is damaged. */
class ClassMapRefused(fault: ClassMapFault, detail: String) : Refused(fault, detail)

/** A bundle that is damaged, or that its own parts contradict. */
class BundleRefused(fault: BundleFault, detail: String) : Refused(fault, detail)

/** A manifest.json that says what no manifest may. */
class ManifestRefused(fault: ManifestFault, detail: String) : Refused(fault, detail)

/** A record that is damaged, or that its own parts contradict. */
class RecordRefused(fault: RecordFault, detail: String) : Refused(fault, detail)

/** Tensors, planes and class maps that do not fit what was said of them. */
class DataRefused(fault: DataFault, detail: String) : Refused(fault, detail)

/** A place on the disk that cannot be read or written. */
class StorageRefused(fault: StorageFault, detail: String) : Refused(fault, detail)
