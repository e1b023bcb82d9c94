package dev.pocketseg.harness.screens

import android.content.Context
import android.view.View
import android.widget.Button
import android.widget.LinearLayout
import dev.pocketseg.harness.R
import dev.pocketseg.harness.views.Figures
import dev.pocketseg.harness.views.Flow
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.RunText
import dev.pocketseg.harness.views.put

/** A file of a bundle: what it is, whether it is whole, and what can be done with it. */
class ArtifactCard(context: Context, loaded: LoadedBundle, place: Int, private val acts: BundleActs) :
    LinearLayout(context) {
    private val hash = Look.marked(
        context,
        R.drawable.mark_wait,
        R.color.text_quiet,
        context.getString(R.string.hash_checking),
    )
    private val buttons = ArrayList<Button>()

    init {
        val inside = Look.size(context, R.dimen.margin)
        orientation = VERTICAL
        setBackgroundResource(R.drawable.card)
        setPadding(inside, inside, inside, inside)
        val artifact = loaded.content.artifacts[place]
        val manifest = loaded.manifests[place]
        val size = context.getString(R.string.size_px, artifact.heightPx, artifact.widthPx)
        val facts = listOfNotNull(
            manifest?.model,
            manifest?.precision,
            artifact.target,
            size,
            Figures.bytes(artifact.sizeBytes),
        )
        put(Look.text(context, R.style.Text_Name, artifact.name))
        put(Look.text(context, R.style.Text_Quiet, facts.joinToString(" · ")), R.dimen.gap_small)
        put(hash, R.dimen.gap_small)
        val row = Flow(context)
        for ((run, asked) in loaded.content.job.runs.withIndex()) {
            if (asked.artifact == place) {
                val name = context.getString(R.string.run_on, RunText.of(context, asked.accelerator, asked.threads))
                row.addView(button(R.string.run_one, name) { acts.run(intArrayOf(run)) })
            }
        }
        row.addView(button(R.string.look, null) { acts.look(place, 0) })
        put(row)
    }

    /** Say whether the file is what the bundle lists; [refusal]: why not. */
    fun showHash(refusal: String?) {
        val isWhole = refusal == null
        val mark = if (isWhole) R.drawable.mark_good else R.drawable.mark_bad
        val color = if (isWhole) R.color.good else R.color.bad
        val text = if (isWhole) context.getString(R.string.hash_good) else context.getString(R.string.hash_bad, refusal)
        val at = indexOfChild(hash)
        val params = hash.layoutParams
        removeViewAt(at)
        addView(Look.marked(context, mark, color, text), at, params)
        for (button in buttons) button.visibility = if (isWhole) View.VISIBLE else View.GONE
    }

    private fun button(label: Int, text: String?, act: () -> Unit): Button =
        Look.button(context, label, act).also { made ->
            if (text != null) made.text = text
            buttons.add(made)
        }
}
