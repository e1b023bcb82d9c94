package dev.pocketseg.harness.screens

import android.content.Context
import android.view.View
import android.widget.LinearLayout
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.views.ClassLegend
import dev.pocketseg.harness.views.Figures
import dev.pocketseg.harness.views.Flow
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.PhotoStrip
import dev.pocketseg.harness.views.StateText
import dev.pocketseg.harness.views.put

/** What a person can do with a bundle. */
interface BundleActs {
    /** Run all of the job, or these of its runs. */
    fun run(only: IntArray?)

    fun look(artifact: Int, photo: Int)

    fun camera()

    fun results(job: String)

    fun remove()
}

/** All that a bundle's screen shows. */
class BundleView(context: Context, private val loaded: LoadedBundle, private val acts: BundleActs) :
    LinearLayout(context) {
    private val lastJob = Look.column(context)
    private val cards = loaded.content.artifacts.indices.map { ArtifactCard(context, loaded, it, acts) }

    /** The photos, which are filled one by one. */
    val strip = PhotoStrip(context, loaded.content.photos.size) { acts.look(0, it) }

    init {
        orientation = VERTICAL
        val content = loaded.content
        val files = resources.getQuantityString(R.plurals.files, content.artifacts.size, content.artifacts.size)
        val photos = resources.getQuantityString(R.plurals.photos, content.photos.size, content.photos.size)
        val size = Figures.bytes(loaded.sizeBytes)
        put(Look.text(context, R.style.Text_Quiet, context.getString(R.string.three_facts, files, photos, size)))
        put(buttons())
        put(lastJob, R.dimen.gap_none)
        put(Look.heading(context, R.style.Text_Section, context.getString(R.string.bundle_photos)))
        put(strip, R.dimen.gap_small)
        put(ClassLegend.of(context, content.classes, content.colorsRgb))
        put(Look.heading(context, R.style.Text_Section, context.getString(R.string.bundle_files)))
        cards.forEach { put(it) }
        put(Look.heading(context, R.style.Text_Section, context.getString(R.string.bundle_hash)))
        put(Look.text(context, R.style.Text_Code, loaded.sha256), R.dimen.gap_small)
        put(Flow(context).apply { addView(Look.button(context, R.string.bundle_remove) { acts.remove() }) })
    }

    fun showHash(artifact: Int, refusal: String?) = cards[artifact].showHash(refusal)

    fun showLastJob(job: Progress?) {
        lastJob.removeAllViews()
        if (job == null) return
        val card = Look.pressableCard(context) { acts.results(job.job) }
        card.put(Look.text(context, R.style.Text_Name, context.getString(R.string.job_last)))
        val text = StateText.of(context, job)
        card.put(Look.marked(context, StateText.mark(job), StateText.color(job), text), R.dimen.gap_small)
        card.put(Look.text(context, R.style.Text_Quiet, Figures.moment(job.at)), R.dimen.gap_small)
        lastJob.put(View(context), R.dimen.gap_none)
        lastJob.put(card)
    }

    private fun buttons(): View = Flow(context).apply {
        addView(Look.mainButton(context, R.string.bundle_run_all) { acts.run(null) })
        addView(Look.button(context, R.string.bundle_camera) { acts.camera() })
    }
}
