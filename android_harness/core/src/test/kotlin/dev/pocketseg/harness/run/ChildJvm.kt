package dev.pocketseg.harness.run

import java.io.File
import java.util.concurrent.TimeUnit

/**
 * Starts each launch as a JVM of its own, which is as near to an app's process as this computer comes.
 *
 * [main]: a class whose main takes the request's and the answer's path. [flags]: of the JVM for a request. [limitS]: may
 * shorten the limit of a launch.
 */
class ChildJvm(
    private val main: String,
    private val flags: (LaunchRequest) -> List<String> = { emptyList() },
    private val limitS: (LaunchRequest, Double) -> Double = { _, limitS -> limitS },
) : Launcher {
    override fun launch(request: File, answer: File, limitS: Double): Ended {
        val asked = LaunchRequest.read(request)
        val log = File(answer.path + ".log")
        val java = File(System.getProperty("java.home"), "bin/java").path
        val classes = System.getProperty("surefire.test.class.path") ?: System.getProperty("java.class.path")
        val always = listOf(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=$log.crash",
        )
        val command = listOf(java) + always + flags(asked) + listOf("-cp", classes, main, request.path, answer.path)
        val process = ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log).start()
        if (!process.waitFor((this.limitS(asked, limitS) * 1000).toLong(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly().waitFor()
            return Ended(EndKind.HUNG, "")
        }
        val code = process.exitValue()
        if (answer.isFile) return Ended(EndKind.ANSWERED, "")
        return Ended(EndKind.DIED, why(code, File("$log.crash"), log))
    }

    private fun why(code: Int, crash: File, log: File): String {
        val signal = if (crash.isFile) Regex("SIG[A-Z]+").find(crash.readText())?.value else null
        return when {
            signal != null -> signal
            code == KILLED -> "SIGKILL"
            code == 0 -> "it ended by itself"
            else -> "exit code $code ${log.readLines().lastOrNull().orEmpty()}".trim()
        }
    }

    private companion object {
        const val KILLED = 128 + 9
    }
}
