package dev.pocketseg.harness.views

import android.content.Context
import android.widget.LinearLayout
import dev.pocketseg.harness.core.Progress

/** How far a job has come. */
class RunPanel(context: Context) : LinearLayout(context) {
    var onCancel: () -> Unit = {}

    /** Show it; [names]: of the job's runs, in order. */
    fun show(progress: Progress, names: List<String>) {
        contentDescription = progress.phase + names.size
    }
}
