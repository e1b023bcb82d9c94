package dev.pocketseg.harness.screens

import android.app.Activity
import android.content.ClipData
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.views.Look
import dev.pocketseg.harness.views.Page
import dev.pocketseg.harness.views.put

/** A job's records as a table, looked at anew while it runs, and shared as one zip. */
class ResultsActivity : Activity() {
    private lateinit var page: Page
    private lateinit var job: String
    private val work = Work("results")
    private val main = Handler(Looper.getMainLooper())
    private val again = Runnable { refresh() }
    private var opened = LinkedHashSet<Int>()
    private var view: ResultsView? = null

    override fun onCreate(saved: Bundle?) {
        super.onCreate(saved)
        job = intent.getStringExtra(JOB).orEmpty()
        saved?.getIntegerArrayList(OPENED)?.let(opened::addAll)
        page = Page.of(this, getString(R.string.results))
        page.addAction(Look.iconButton(this, R.drawable.share, R.string.results_share) { share() })
    }

    override fun onStart() {
        super.onStart()
        refresh()
    }

    override fun onStop() {
        main.removeCallbacks(again)
        super.onStop()
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putIntegerArrayList(OPENED, ArrayList(opened))
    }

    override fun onDestroy() {
        work.close()
        super.onDestroy()
    }

    private fun refresh() {
        val app = applicationContext
        val name = job
        work.run({ LoadedJob.of(app, name) }, ::show)
    }

    private fun show(loaded: LoadedJob) {
        val view = this.view ?: ResultsView(this, opened).also {
            this.view = it
            page.column.put(it)
        }
        loaded.bundleName?.let(page::setTitle)
        view.show(loaded)
        main.removeCallbacks(again)
        if (loaded.progress?.state == JobState.RUNNING) main.postDelayed(again, REFRESH_MS)
    }

    private fun share() {
        val app = applicationContext
        val name = job
        work.run({ SharedZip.make(app, name) }) { reason -> if (reason == null) send() else view?.complain(reason) }
    }

    private fun send() {
        val uri = ShareProvider.uri(job)
        val intent = Intent(Intent.ACTION_SEND)
            .setType("application/zip")
            .putExtra(Intent.EXTRA_STREAM, uri)
            .putExtra(Intent.EXTRA_SUBJECT, getString(R.string.results_subject))
            .addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
        intent.clipData = ClipData.newRawUri(null, uri) // the right to read goes along with it
        startActivity(Intent.createChooser(intent, getString(R.string.results_share)))
    }

    companion object {
        private const val JOB = "job"
        private const val OPENED = "opened"
        private const val REFRESH_MS = 1000L

        fun intent(context: Context, job: String): Intent =
            Intent(context, ResultsActivity::class.java).putExtra(JOB, job)
    }
}
