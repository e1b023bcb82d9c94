package dev.pocketseg.harness.screens

import android.content.Context
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.BundleContent
import dev.pocketseg.harness.core.Manifest
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.core.ProgressReader
import dev.pocketseg.harness.core.Refused

/** What a bundle's screen shows of it; a manifest is null where it cannot be read, which the file's hash says, too. */
class LoadedBundle(
    val sha256: String,
    val sizeBytes: Long,
    val content: BundleContent,
    val manifests: List<Manifest?>,
    val lastJob: Progress?,
) {
    companion object {
        /** Open a kept bundle, or say why it cannot be. */
        fun of(context: Context, sha256: String): Pair<LoadedBundle?, String> = try {
            val file = Places.bundles(context).file(sha256)
            Bundle.open(file).use { bundle ->
                val manifests = bundle.content.artifacts.indices.map { place ->
                    try {
                        bundle.manifest(place)
                    } catch (_: Refused) {
                        null
                    }
                }
                LoadedBundle(sha256, file.length(), bundle.content, manifests, lastJob(context, sha256)) to ""
            }
        } catch (error: Refused) {
            null to Reasons.of(context, error)
        }

        fun lastJob(context: Context, sha256: String): Progress? =
            ProgressReader.all(Places.jobs(context), sha256).firstOrNull()

        /** Hash all that belongs to an artifact; null where all is as listed, else why it is refused. */
        fun refusal(context: Context, sha256: String, artifact: Int): String? = try {
            Bundle.open(Places.bundles(context).file(sha256)).use { bundle ->
                val wanted = bundle.content.artifacts[artifact]
                wanted.files(bundle.content.files.keys).forEach(bundle::verify)
                bundle.manifest(artifact)
                null
            }
        } catch (error: Refused) {
            Reasons.of(context, error)
        }
    }
}
