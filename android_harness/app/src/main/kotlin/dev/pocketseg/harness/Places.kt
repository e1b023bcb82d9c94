package dev.pocketseg.harness

import android.content.Context
import dev.pocketseg.harness.core.BundleStore
import java.io.File

/** Where the app keeps things; docs/bundle.md, "Android". */
object Places {
    /** Where the shell of a computer leaves bundles, each named by its hash. */
    val PUSHED = File("/data/local/tmp/pocketseg")

    /** The bundles that the app keeps, in storage that is its own. */
    fun bundles(context: Context): BundleStore = BundleStore(bundleFolder(context))

    fun bundleFolder(context: Context): File = File(context.filesDir, "bundles")

    /** Results of jobs, one folder each, which a computer reads without a permission of the app. */
    fun jobs(context: Context): File {
        @Suppress("DEPRECATION") // the one folder outside that needs no permission and that the shell can read
        val shared = context.externalMediaDirs.firstOrNull()
        return File(shared ?: context.filesDir, "jobs")
    }

    /** What is only needed while a job runs. */
    fun work(context: Context): File = File(context.filesDir, "work")
}
