package dev.pocketseg.harness.screens

import dev.pocketseg.harness.core.Hashes
import java.security.SecureRandom

/** Ids of jobs, drawn anew for each start; docs/bundle.md. */
object JobIds {
    private const val ID_BYTES = 16

    fun draw(): String = Hashes.hex(ByteArray(ID_BYTES).also { SecureRandom().nextBytes(it) })
}
