package dev.pocketseg.harness.run

import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.core.JobState
import dev.pocketseg.harness.core.JsonObject
import dev.pocketseg.harness.core.JsonReader
import dev.pocketseg.harness.core.Made
import dev.pocketseg.harness.core.Progress
import dev.pocketseg.harness.core.RecordReader
import java.io.File

/** Turns and jobs as short as they may be: nothing that is measured in tests means anything. */
object Short {
    val TURN = TurnEffort(sampleMs = 0.01, warmUpMs = 0.01, wakeMs = 0.0, yardstickReads = 1)
    val JOB = JobEffort(leastPasses = 2, ceilingS = 0.0, furtherFileS = 0.0)
}

/** Runs launches in this process, one after the other, and keeps their keys. */
class InProcess(
    private val backends: List<Backend>,
    private val device: Device,
    private val effort: TurnEffort = Short.TURN,
    private val afterwards: (key: String, answer: File) -> Ended = { _, _ -> Ended(EndKind.ANSWERED, "") },
) : Launcher {
    val keys = ArrayList<String>()
    val requests = ArrayList<LaunchRequest>()

    override fun launch(request: File, answer: File, limitS: Double): Ended {
        val asked = LaunchRequest.read(request)
        keys.add(asked.key)
        requests.add(asked)
        TurnTask.run(request, answer, backends, device, effort)
        return afterwards(asked.key, answer)
    }
}

/** A job in a folder of a test, and what it left. */
class TestJob(private val root: File, private val bundle: File) {
    val results = File(root, "results/${Made.JOB}")
    val said = ArrayList<Progress>()
    val steps = ArrayList<Steps>()

    fun run(
        launcher: Launcher,
        device: Device = FakeDevice(),
        clock: Clock = FakeClock(),
        effort: JobEffort = Short.JOB,
        only: Set<Int>? = null,
        launch: String = "test",
        listener: () -> Unit = {},
        isCancelled: () -> Boolean = { false },
    ): JobState {
        val sha256 = Bundle.open(bundle).use { it.sha256 }
        val request = JobRequest(bundle, sha256, Made.JOB, only, launch, "0.1.0", null)
        val folder = File(root, "results")
        val driver =
            JobDriver(request, folder, File(root, "work"), File(root, "best.json"), launcher, device, clock, effort)
        return driver.run(
            {
                said.add(it)
                listener()
            },
            steps::add,
            isCancelled,
        )
    }

    fun record(run: Int): JsonObject = RecordReader.read(File(results, "$run.json").readBytes())

    fun progress() = JsonReader.read(File(results, "progress.json").readBytes()) as JsonObject
}
