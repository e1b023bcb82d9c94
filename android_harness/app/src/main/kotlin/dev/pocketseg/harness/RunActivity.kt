package dev.pocketseg.harness

import android.app.Activity
import android.content.Context
import android.content.Intent

/** Drives a job. */
class RunActivity : Activity() {
    companion object {
        /** Start the runs [only] of a kept bundle, or all of them, as a new job. */
        fun intent(context: Context, bundle: String, job: String, only: IntArray?): Intent = Intent(
            context,
            RunActivity::class.java,
        ).putExtra("bundle", bundle).putExtra("job", job).putExtra("only", only)
    }
}
