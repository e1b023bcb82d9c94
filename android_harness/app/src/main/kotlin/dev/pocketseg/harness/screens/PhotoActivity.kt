package dev.pocketseg.harness.screens

import android.app.Activity
import android.app.AlertDialog
import android.content.Context
import android.content.Intent
import android.os.Bundle
import dev.pocketseg.harness.R
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.Page
import dev.pocketseg.harness.views.PhotoStrip
import dev.pocketseg.harness.views.put

/** A photo, its label, and the mask that a file of the bundle gives of it on this phone. */
class PhotoActivity : Activity() {
    private lateinit var page: Page
    private lateinit var hash: String
    private lateinit var looker: Looker
    private val work = Work("look")
    private val pictures = Work("pictures")
    private var artifact = 0
    private var photo = 0
    private var loaded: LoadedBundle? = null
    private lateinit var view: PhotoView

    override fun onCreate(saved: Bundle?) {
        super.onCreate(saved)
        hash = intent.getStringExtra(BUNDLE).orEmpty()
        artifact = (saved ?: intent.extras)?.getInt(ARTIFACT) ?: 0
        photo = (saved ?: intent.extras)?.getInt(PHOTO) ?: 0
        looker = Looker(applicationContext, hash)
        page = Page.of(this, getString(R.string.photo))
        view = PhotoView(this) { choose() }
        page.column.put(view)
        val app = applicationContext
        val name = hash
        work.run({ LoadedBundle.of(app, name) }) { (found, reason) ->
            if (found == null) view.refuse(reason) else show(found)
        }
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putInt(ARTIFACT, artifact)
        state.putInt(PHOTO, photo)
    }

    override fun onDestroy() {
        val last = looker
        work.close { last.close() }
        pictures.close()
        super.onDestroy()
    }

    private fun show(found: LoadedBundle) {
        loaded = found
        val content = found.content
        artifact = artifact.coerceIn(content.artifacts.indices)
        photo = photo.coerceIn(content.photos.indices)
        page.setTitle(content.name)
        val strip = PhotoStrip(this, content.photos.size, ::turnTo)
        view.fill(content, strip)
        val app = applicationContext
        val name = hash
        val side = Look.size(this, R.dimen.thumbnail)
        for (place in 0 until minOf(content.photos.size, PhotoStrip.MOST)) {
            pictures.run({ Photos.small(app, name, place, side) }) { strip.show(place, it) }
        }
        look()
    }

    private fun turnTo(place: Int) {
        photo = place
        look()
    }

    private fun choose() {
        val names = loaded?.content?.artifacts?.map { it.name }?.toTypedArray() ?: return
        AlertDialog.Builder(this)
            .setTitle(R.string.file_choose)
            .setSingleChoiceItems(names, artifact) { dialog, place ->
                dialog.dismiss()
                artifact = place
                look()
            }
            .setNegativeButton(R.string.cancel, null)
            .show()
    }

    private fun look() {
        val content = loaded?.content ?: return
        view.begin(content, artifact, photo)
        val by = looker
        val file = artifact
        val place = photo
        work.run({ by.look(file, place) }) { seen ->
            // Of several presses in a row only the last one's is shown.
            if (file == artifact && place == photo) view.show(seen, content.artifacts[file].name, place)
        }
    }

    companion object {
        private const val BUNDLE = "bundle"
        private const val ARTIFACT = "artifact"
        private const val PHOTO = "photo"

        fun intent(context: Context, bundle: String, artifact: Int, photo: Int): Intent =
            Intent(context, PhotoActivity::class.java)
                .putExtra(BUNDLE, bundle)
                .putExtra(ARTIFACT, artifact)
                .putExtra(PHOTO, photo)
    }
}
