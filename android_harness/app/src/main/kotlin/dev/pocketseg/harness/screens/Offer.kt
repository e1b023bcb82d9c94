package dev.pocketseg.harness.screens

import android.content.Context
import dev.pocketseg.harness.backends.Backends
import dev.pocketseg.harness.core.BundleContent

/** The files of a bundle that a person can choose among for the camera: by [places], and of these the [chosen] one. */
data class Offer(val places: List<Int>, val names: List<String>, val chosen: Int) {
    companion object {
        /**
         * Those that this app has a runtime for; a Core ML package runs on no Android.
         *
         * Another than [wanted] is chosen where that is none of them; [wanted] itself where there is none at all, so
         * that opening it says why.
         */
        fun of(context: Context, content: BundleContent, wanted: Int): Offer {
            val places = content.artifacts.indices.filter { place ->
                val artifact = content.artifacts[place]
                artifact.file in content.files && Backends.named(context, artifact.runtime) != null
            }
            val chosen = if (wanted in places) wanted else places.firstOrNull() ?: 0
            return Offer(places, places.map { content.artifacts[it].name }, chosen)
        }
    }
}
