package dev.pocketseg.harness.screens

import android.app.Activity
import android.app.AlertDialog
import android.content.Context
import android.content.Intent
import android.os.Bundle
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.R
import dev.pocketseg.harness.RunActivity
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.Page
import dev.pocketseg.harness.views.PhotoStrip
import dev.pocketseg.harness.views.put

/** A bundle: its files, each with its hash checked, what the job runs of them, and its photos. */
class BundleActivity : Activity() {
    private lateinit var page: Page
    private lateinit var hash: String
    private val work = Work("bundle")
    private val pictures = Work("pictures")
    private var view: BundleView? = null

    override fun onCreate(saved: Bundle?) {
        super.onCreate(saved)
        hash = intent.getStringExtra(BUNDLE).orEmpty()
        page = Page.of(this, getString(R.string.bundle))
        val app = applicationContext
        val name = hash
        work.run({ LoadedBundle.of(app, name) }) { (loaded, reason) ->
            if (loaded ==
                null
            ) {
                refuse(reason)
            } else {
                show(loaded)
            }
        }
    }

    override fun onStart() {
        super.onStart()
        val app = applicationContext
        val name = hash
        work.run({ LoadedBundle.lastJob(app, name) }) { job -> view?.showLastJob(job) }
    }

    override fun onDestroy() {
        work.close()
        pictures.close()
        super.onDestroy()
    }

    private fun refuse(reason: String) {
        page.column.put(Look.marked(this, R.drawable.mark_bad, R.color.bad, reason))
        page.column.put(Look.button(this, R.string.bundle_remove) { remove() })
    }

    private fun show(loaded: LoadedBundle) {
        page.setTitle(loaded.content.name)
        val view = BundleView(this, loaded, Acts())
        this.view = view
        page.column.put(view)
        view.showLastJob(loaded.lastJob)
        val app = applicationContext
        val name = hash
        for (place in loaded.content.artifacts.indices) {
            work.run({ LoadedBundle.refusal(app, name, place) }) { view.showHash(place, it) }
        }
        val strip = view.strip
        val side = Look.size(this, R.dimen.thumbnail)
        for (place in 0 until minOf(loaded.content.photos.size, PhotoStrip.MOST)) {
            pictures.run({ Photos.small(app, name, place, side) }) { strip.show(place, it) }
        }
    }

    private fun remove() {
        AlertDialog.Builder(this)
            .setTitle(R.string.bundle_remove_title)
            .setMessage(R.string.bundle_remove_text)
            .setNegativeButton(R.string.cancel, null)
            .setPositiveButton(R.string.remove) { _, _ ->
                val store = Places.bundles(this)
                val name = hash
                work.run({ store.remove(name) }) { finish() }
            }
            .show()
    }

    /** What is done from here. */
    private inner class Acts : BundleActs {
        override fun run(only: IntArray?) =
            startActivity(RunActivity.intent(this@BundleActivity, hash, JobIds.draw(), only))

        override fun look(artifact: Int, photo: Int) =
            startActivity(PhotoActivity.intent(this@BundleActivity, hash, artifact, photo))

        override fun camera() = startActivity(CameraActivity.intent(this@BundleActivity, hash, 0))

        override fun results(job: String) = startActivity(ResultsActivity.intent(this@BundleActivity, job))

        override fun remove() = this@BundleActivity.remove()
    }

    companion object {
        private const val BUNDLE = "bundle"

        fun intent(context: Context, bundle: String): Intent =
            Intent(context, BundleActivity::class.java).putExtra(BUNDLE, bundle)
    }
}
