package dev.pocketseg.harness.screens

import android.content.Context
import android.view.View
import android.widget.LinearLayout
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.BundleContent
import dev.pocketseg.harness.views.ClassLegend
import dev.pocketseg.harness.views.Figures
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.MaskView
import dev.pocketseg.harness.views.PhotoStrip
import dev.pocketseg.harness.views.Slider
import dev.pocketseg.harness.views.put

/** All that a photo's screen shows: the picture, what its mask is worth, sliders, and what else to look at. */
class PhotoView(context: Context, chooseFile: () -> Unit) : LinearLayout(context) {
    private val mask = MaskView(context)
    private val status = Look.text(context, R.style.Text, context.getString(R.string.loading))
    private val once = Look.text(context, R.style.Text_Quiet, "")
    private val file = Look.button(context, R.string.file_choose, chooseFile)
    private val below = Look.column(context)
    private val wipe = Slider(context, R.id.wipe, R.string.slider_wipe, 0f) { mask.wipe = it }
    private var strip: PhotoStrip? = null

    init {
        orientation = VERTICAL
        mask.id = R.id.mask
        status.id = R.id.status
        status.accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE
        put(mask)
        put(status)
        put(once, R.dimen.gap_none)
        put(Slider(context, R.id.opacity, R.string.slider_opacity, mask.opacity) { mask.opacity = it })
        put(wipe, R.dimen.gap_small)
        put(file)
        put(below)
        mask.contentDescription = context.getString(R.string.photo)
    }

    /** Add what is known once the bundle is open. */
    fun fill(content: BundleContent, strip: PhotoStrip) {
        this.strip = strip
        below.put(strip)
        below.put(ClassLegend.of(context, content.classes, content.colorsRgb))
    }

    fun refuse(reason: String) {
        status.text = reason
        status.setTextColor(context.getColor(R.color.bad))
    }

    /** A file begins with a photo. */
    fun begin(content: BundleContent, artifact: Int, photo: Int) {
        val name = content.artifacts[artifact].name
        file.text = name
        file.contentDescription = context.getString(R.string.file_chosen, name)
        strip?.choose(photo)
        once.text = ""
        status.setTextColor(context.getColor(R.color.text))
        status.text = context.getString(R.string.photo_running)
    }

    fun show(seen: Seen, file: String, photo: Int) {
        mask.show(seen.photo, seen.mask, seen.label)
        wipe.visibility = if (seen.label == null) View.GONE else View.VISIBLE
        if (seen.label == null) mask.wipe = 0f
        val agreement = seen.agreement
        val ms = seen.ms
        if (agreement == null || ms == null) {
            refuse(seen.reason.orEmpty())
            mask.contentDescription = context.getString(R.string.photo_without_mask, photo + 1)
            return
        }
        status.text = context.getString(R.string.photo_agreement, Figures.percent(agreement))
        once.text = context.getString(R.string.photo_once, Figures.ms(ms))
        mask.contentDescription = context.getString(R.string.photo_with_mask, photo + 1, file)
    }
}
