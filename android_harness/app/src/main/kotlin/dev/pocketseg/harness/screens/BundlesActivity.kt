package dev.pocketseg.harness.screens

import android.app.Activity
import android.content.ActivityNotFoundException
import android.content.Intent
import android.net.Uri
import android.os.Bundle
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.R
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.Page
import dev.pocketseg.harness.views.put

/** The bundles that the app keeps; takes in what a person picks, what another app gives, and what a computer pushed. */
class BundlesActivity : Activity() {
    private lateinit var page: Page
    private lateinit var import: ImportView
    private lateinit var list: BundleList
    private val work = Work("bundles")
    private val listener: () -> Unit = ::showImport

    override fun onCreate(saved: Bundle?) {
        super.onCreate(saved)
        page = Page.first(this, getString(R.string.app_name))
        import = ImportView(this)
        list = BundleList(this, ::open) { file -> Imports.start(this) { ImportSource.of(file) } }
        page.column.put(Look.mainButton(this, R.string.bundles_open) { pick() })
        page.column.put(import)
        page.column.put(list)
        if (saved == null) take(intent)
    }

    override fun onStart() {
        super.onStart()
        Imports.listener = listener
        showImport()
        refresh()
    }

    override fun onStop() {
        if (Imports.listener === listener) Imports.listener = null // another such screen may have started above
        super.onStop()
    }

    override fun onDestroy() {
        work.close()
        super.onDestroy()
    }

    @Deprecated("What replaced it is of a library that this app does without.")
    override fun onActivityResult(request: Int, result: Int, data: Intent?) {
        val uri = data?.data
        if (request == PICK && result == RESULT_OK && uri != null) import(uri)
    }

    private fun pick() {
        val intent = Intent(Intent.ACTION_OPEN_DOCUMENT)
            .addCategory(Intent.CATEGORY_OPENABLE)
            .setType("*/*") // many file managers know a zip by another type
        try {
            @Suppress("DEPRECATION")
            startActivityForResult(intent, PICK)
        } catch (_: ActivityNotFoundException) {
            Imports.refuse(getString(R.string.bundles_no_picker))
        }
    }

    private fun take(intent: Intent) {
        @Suppress("DEPRECATION")
        val uri = when (intent.action) {
            Intent.ACTION_VIEW -> intent.data
            Intent.ACTION_SEND -> intent.getParcelableExtra<android.os.Parcelable>(Intent.EXTRA_STREAM) as? Uri
            else -> return
        }
        if (uri == null) Imports.refuse(getString(R.string.why_nothing_sent)) else import(uri)
    }

    private fun import(uri: Uri) {
        if (ImportSource.isOfAnotherApp(uri)) {
            Imports.start(this) { ImportSource.of(it, uri) }
        } else {
            Imports.refuse(getString(R.string.why_no_content))
        }
    }

    private fun showImport() {
        val now = Imports.now
        import.show(now)
        if (now is Import.Kept) {
            Imports.forget()
            refresh()
        }
    }

    private fun refresh() {
        val app = applicationContext
        work.run({
            val kept = KeptBundle.all(app)
            kept to Imports.pushed(Places.PUSHED, kept.map { it.sha256 })
        }) { (kept, pushed) -> list.show(kept, pushed) }
    }

    private fun open(sha256: String) = startActivity(BundleActivity.intent(this, sha256))

    private companion object {
        const val PICK = 1
    }
}
