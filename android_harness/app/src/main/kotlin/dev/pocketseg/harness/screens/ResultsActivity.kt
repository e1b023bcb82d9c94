package dev.pocketseg.harness.screens

import android.app.Activity
import android.content.Context
import android.content.Intent

/** A job's records as a table. */
class ResultsActivity : Activity() {
    companion object {
        fun intent(context: Context, job: String): Intent =
            Intent(context, ResultsActivity::class.java).putExtra("job", job)
    }
}
