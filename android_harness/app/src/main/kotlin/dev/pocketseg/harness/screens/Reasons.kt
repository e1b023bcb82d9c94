package dev.pocketseg.harness.screens

import android.content.Context
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.ArchiveRefused
import dev.pocketseg.harness.core.BundleFault
import dev.pocketseg.harness.core.BundleRefused
import dev.pocketseg.harness.core.Refused
import dev.pocketseg.harness.core.StorageRefused
import dev.pocketseg.harness.core.Texts

/** Why something was not done, in plain words first and exactly after them. */
object Reasons {
    fun of(context: Context, error: Throwable): String {
        val exact = Texts.printable(error.message ?: error.javaClass.simpleName)
        val plain = when {
            error is ArchiveRefused -> R.string.why_no_bundle
            error is BundleRefused && error.fault == BundleFault.OTHER_VERSION -> R.string.why_other_version
            error is BundleRefused -> R.string.why_damaged
            error is StorageRefused -> R.string.why_storage
            error is Refused -> R.string.why_not_as_said
            error is SecurityException -> R.string.why_not_allowed
            error is OutOfMemoryError -> R.string.why_memory
            else -> return exact
        }
        return context.getString(R.string.why, context.getString(plain), exact)
    }
}
