package dev.pocketseg.harness.screens

import android.content.Context
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.core.ProgressReader
import dev.pocketseg.harness.core.Refused
import java.io.File

/** What the list of bundles shows of one; [reason] is why it cannot be read, null where it can. */
class KeptBundle(
    val sha256: String,
    val name: String,
    val files: Int,
    val photos: Int,
    val sizeBytes: Long,
    val lastJob: Progress?,
    val reason: String?,
) {
    companion object {
        /** All that are kept, by name. */
        fun all(context: Context): List<KeptBundle> {
            val store = Places.bundles(context)
            val jobs = ProgressReader.all(Places.jobs(context)).groupBy { it.bundle }
            return store.kept()
                .map { hash -> of(context, hash, store.file(hash), jobs[hash]?.firstOrNull()) }
                .sortedWith(compareBy({ it.name }, { it.sha256 }))
        }

        private fun of(context: Context, hash: String, file: File, lastJob: Progress?): KeptBundle = try {
            Bundle.open(file).use {
                val content = it.content
                KeptBundle(
                    hash,
                    content.name,
                    content.artifacts.size,
                    content.photos.size,
                    file.length(),
                    lastJob,
                    null,
                )
            }
        } catch (error: Refused) {
            KeptBundle(hash, hash.take(12), 0, 0, file.length(), lastJob, Reasons.of(context, error))
        }
    }
}
