package dev.pocketseg.harness.core

import java.io.File

/** The folder of a job's results, in which whatever is there is whole; docs/bundle.md, "Results". */
class Results(root: File, job: String) {
    /** `root/JOB`. */
    val folder: File

    init {
        if (!Hashes.isId(job)) throw StorageRefused(StorageFault.BAD_NAME, "a job's id has 32 hex digits")
        folder = File(root, job)
    }

    /** Say how far the job is; replaces what was said before. Throws [StorageRefused]. */
    fun write(progress: Progress) = AtomicFile.write(File(folder, "progress.json"), utf8(progress.toJson() + "\n"))

    /** Keep a class map; return its hash, which names it. Throws [StorageRefused]. */
    fun add(map: ClassMap): String {
        val data = ClassMapFile.encode(map)
        val name = Hashes.sha256(data)
        val file = File(folder, "maps/$name.runs")
        if (!file.exists()) AtomicFile.write(file, data)
        return name
    }

    /** Keep the sealed record of a run, after its maps; one that is there is never replaced. Throws [StorageRefused]. */
    fun addRecord(run: Int, sealed: String): File {
        if (run < 0) throw StorageRefused(StorageFault.BAD_NAME, "a run's place is 0 or more")
        val file = File(folder, "$run.json")
        if (file.exists()) throw StorageRefused(StorageFault.ALREADY_THERE, "the record of run $run is there")
        AtomicFile.write(file, utf8(sealed + "\n"))
        return file
    }

    private fun utf8(text: String) = text.toByteArray(Charsets.UTF_8)
}
