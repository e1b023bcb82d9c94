package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonReader
import dev.pocketseg.harness.core.JsonText

/** Which version of a runtime the computer had that exported a file: its manifest's `tools`; docs/record.md. */
internal object DesktopVersion {
    private const val LONGEST = 300
    private val TOOLS = mapOf(
        "litert" to "ai-edge-litert",
        "ort" to "onnxruntime",
        "executorch" to "executorch",
        "torchmobile" to "torch",
    )

    /** Read it; null where the manifest does not say. The manifest is one that was read before. */
    fun of(bundle: Bundle, artifact: Int): String? {
        val listed = bundle.content.artifacts[artifact]
        return of(listed.runtime, JsonReader.read(bundle.read(listed.manifest)) as JsonObject)
    }

    fun of(runtime: String, manifest: JsonObject): String? {
        val tools = manifest["tools"] as? JsonObject
        val version = TOOLS[runtime]?.let { tools?.get(it) } as? JsonText
        return version?.text?.takeIf { it.isNotEmpty() && it.length <= LONGEST }
    }
}
