package dev.pocketseg.harness.views

import android.content.Context
import android.widget.LinearLayout
import android.widget.SeekBar
import dev.pocketseg.harness.R

/** A slider below its name, which TalkBack says with it. */
class Slider(context: Context, id: Int, name: Int, share: Float, private val moved: (Float) -> Unit) :
    LinearLayout(context) {
    private val bar = SeekBar(context)

    init {
        orientation = VERTICAL
        val label = Look.text(context, R.style.Text_Quiet, context.getString(name))
        label.labelFor = id
        bar.id = id
        bar.max = MOST
        bar.progress = (share * MOST).toInt()
        bar.contentDescription = label.text
        bar.setOnSeekBarChangeListener(object : SeekBar.OnSeekBarChangeListener {
            override fun onProgressChanged(bar: SeekBar, progress: Int, isByHand: Boolean) =
                moved(progress / MOST.toFloat())

            override fun onStartTrackingTouch(bar: SeekBar) = Unit

            override fun onStopTrackingTouch(bar: SeekBar) = Unit
        })
        put(label)
        addView(bar, LayoutParams(LayoutParams.MATCH_PARENT, Look.size(context, R.dimen.touch)))
    }

    private companion object {
        const val MOST = 100
    }
}
