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
import dev.pocketseg.harness.views.Slider
import dev.pocketseg.harness.views.put

/** The camera's picture and mask, or why there is none and what helps. */
class CameraView(
    context: Context,
    private val ask: () -> Unit,
    private val settings: () -> Unit,
    private val choose: (Offer) -> Unit,
) : LinearLayout(context),
    LiveListener {
    private val mask = MaskView(context)
    private val status = Look.text(context, R.style.Text, "")
    private val once = Look.text(context, R.style.Text_Quiet, "")
    private val slider = Slider(context, R.id.opacity, R.string.slider_opacity, mask.opacity) { mask.opacity = it }
    private val help = Look.column(context)
    private val file = Look.button(context, R.string.file_choose) { offer?.let(choose) }
    private val legend = Look.column(context)
    private var offer: Offer? = null

    init {
        orientation = VERTICAL
        mask.id = R.id.mask
        status.id = R.id.status
        status.accessibilityLiveRegion = View.ACCESSIBILITY_LIVE_REGION_POLITE
        mask.contentDescription = context.getString(R.string.camera_picture)
        for (view in listOf(mask, status)) put(view)
        put(once, R.dimen.gap_none)
        for (view in listOf(help, slider, file, legend)) put(view)
        file.visibility = View.GONE
    }

    /** The camera is being opened. */
    fun begin() {
        pictureParts(View.VISIBLE)
        help.removeAllViews()
        status.text = context.getString(R.string.loading)
        status.setTextColor(context.getColor(R.color.text))
    }

    /** Say what the camera is for before the system asks, and what helps where it asks no more. */
    fun askFirst(isRefusedForGood: Boolean) {
        pictureParts(View.GONE)
        help.removeAllViews()
        status.setTextColor(context.getColor(R.color.text))
        status.text = context.getString(if (isRefusedForGood) R.string.camera_refused else R.string.camera_why)
        help.put(
            if (isRefusedForGood) {
                Look.mainButton(context, R.string.camera_settings, settings)
            } else {
                Look.mainButton(context, R.string.camera_allow, ask)
            },
        )
    }

    override fun opened(content: BundleContent, offer: Offer) {
        val name = content.artifacts[offer.chosen].name
        this.offer = offer
        file.text = name
        file.contentDescription = context.getString(R.string.file_chosen, name)
        file.visibility = if (offer.places.isEmpty()) View.GONE else View.VISIBLE
        legend.removeAllViews()
        legend.put(ClassLegend.of(context, content.classes, content.colorsRgb))
        status.text = name
    }

    override fun seen(frame: LiveFrame) {
        mask.show(frame.picture, frame.mask, null)
        once.text = context.getString(R.string.camera_once, Figures.ms(frame.ms), Figures.ms(frame.allMs))
    }

    override fun failed(reason: String) {
        pictureParts(View.GONE)
        status.setTextColor(context.getColor(R.color.bad))
        status.text = reason
    }

    private fun pictureParts(visibility: Int) {
        for (view in listOf(mask, once, slider, legend)) view.visibility = visibility
    }
}
