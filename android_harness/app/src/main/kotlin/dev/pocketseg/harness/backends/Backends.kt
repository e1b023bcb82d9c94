package dev.pocketseg.harness.backends

import android.content.Context
import dev.pocketseg.harness.run.Backend

/** The runtimes of this app. */
object Backends {
    /** All of them; tests put others in their place. */
    @Volatile
    var all: (Context) -> List<Backend> = { emptyList() }

    /** The one that docs/bundle.md calls so; null where the app has none. */
    fun named(context: Context, runtime: String): Backend? = all(context).firstOrNull { it.facts.name == runtime }
}
