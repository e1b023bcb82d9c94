package dev.pocketseg.harness.screens

import android.content.Context
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.core.AskedRun
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.Hashes
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.core.ProgressReader
import dev.pocketseg.harness.core.RecordReader
import dev.pocketseg.harness.core.RecordSummary
import dev.pocketseg.harness.core.Refused
import java.io.File
import java.io.IOException

/** A run of a job: its record where there is one; [damage] is why that cannot be read. */
class JobRow(val run: Int, val name: String, val asked: AskedRun?, val record: RecordSummary?, val damage: String?)

/** What a job has given so far; [bundleName] is null where the bundle is no longer kept. */
class LoadedJob(val progress: Progress?, val bundleName: String?, val rows: List<JobRow>) {
    companion object {
        private const val MOST_RUNS = 10_000

        fun of(context: Context, job: String): LoadedJob {
            if (!Hashes.isId(job)) return LoadedJob(null, null, emptyList())
            val folder = File(Places.jobs(context), job)
            val progress = ProgressReader.of(folder)
            val content = progress?.let { content(context, it.bundle) }
            val asked = content?.job?.runs.orEmpty()
            val runs = minOf(maxOf(progress?.runs ?: 0, asked.size), MOST_RUNS)
            val rows = (0 until runs).map { run ->
                val wanted = asked.getOrNull(run)
                val name = wanted?.let { content?.artifacts?.get(it.artifact)?.name }
                row(context, run, name, wanted, File(folder, "$run.json"))
            }
            return LoadedJob(progress, content?.name, rows)
        }

        private fun row(context: Context, run: Int, name: String?, asked: AskedRun?, file: File): JobRow {
            val record = try {
                if (file.length() in 1..RecordReader.MOST_BYTES) {
                    RecordSummary.of(RecordReader.read(file.readBytes()))
                } else {
                    null
                }
            } catch (error: Refused) {
                return JobRow(run, name ?: "${file.name}", asked, null, Reasons.of(context, error))
            } catch (error: IOException) {
                return JobRow(run, name ?: "${file.name}", asked, null, Reasons.of(context, error))
            }
            return JobRow(run, name ?: record?.file ?: "$run", asked, record, null)
        }

        private fun content(context: Context, sha256: String) = try {
            Bundle.open(Places.bundles(context).file(sha256)).use { it.content }
        } catch (_: Refused) {
            null
        }
    }
}
