package dev.pocketseg.harness.core

/** A bundle of the cases, and a record as an app would make it of a run of that; nothing in it was measured. */
object Made {
    private val case: ByteArray = Cases.array(Cases.of("bundles").tables("cases")[0].table("zip")).data

    /** The files of the case. */
    val files: Map<String, ByteArray> = Archive(ArraySource(case)).use { zip ->
        zip.names.associateWith { zip.read(it, 1 shl 20) }
    }

    /** The case, whose file is another network than it says: here it need not be as its network. */
    val zip: ByteArray = zipOf(leastNetworkAgreement = 0.0)

    const val JOB = "fedcba9876543210fedcba9876543210"

    fun bundle(): Bundle = Bundle.open(ArraySource(zip))

    fun zipOf(leastNetworkAgreement: Double): ByteArray {
        val content = JsonReader.read(files.getValue(Bundle.NAME)) as JsonObject
        val golden = content.tables("golden").map {
            JsonObject(it.fields + ("least_network_agreement" to jsonOf(leastNetworkAgreement)))
        }
        val text = JsonWriter.write(JsonObject(content.fields + ("golden" to JsonArray(golden))))
        return ArchiveWriter.write(files + (Bundle.NAME to text.toByteArray()))
    }

    /** The document of a run that went well, of so many turns. */
    fun document(bundle: Bundle, turns: Int = 5, runs: Int = 3): RecordDocument {
        val taken = List(turns) { turn(it, runs) }
        val best = Reading(0.4, 0.75)
        val statistics = Method.statisticsOf(taken, best, threads = 4)
        val golden = GoldenCheck(bundle, 0, "cpu", Arithmetic.FLOAT32)
        val maps = bundle.content.photos.indices.map { bundle.classMap(bundle.content.golden[0].maps[it], it) }
        val results = maps.map { PhotoResult(Hashes.sha256(ClassMapFile.encode(it)), golden.add(it)) }
        golden.again(maps[0])
        val conditions = Conditions(isBestKnown = false, othersDuring = 0.05, isTest = true)
            .copy(golden = golden.result().status)
            .seen(state(STARTED), taken, null)
        return RecordDocument(
            status = "ok",
            reason = "",
            run = RunPart(
                "0123456789abcdef0123456789abcdef",
                0,
                2,
                Moment.text(1_767_323_045_678),
                bundle.content.job.seed,
            ),
            program = ProgramPart("harness", "0.1.0", null, "release", false, "test"),
            artifact = bundle.manifest(0),
            manifestSha256 = bundle.content.files.getValue(bundle.content.artifacts[0].manifest).sha256,
            runtime = RuntimePart(
                name = bundle.content.artifacts[0].runtime,
                tool = "com.microsoft.onnxruntime",
                version = null,
                threadsAsked = 4,
                threads = 4,
                desktopVersion = "1.20.0",
            ),
            device = DevicePart(
                "Müller & Söhne", "手机 \uD83D\uDCF1", null, null,
                listOf(
                    "asimd",
                ),
                8, 1L shl 33, "Android 16", "arm64", null,
            ),
            accelerator = AcceleratorPart("cpu", "cpu", 66, null, null, Arithmetic.FLOAT32),
            start = state(STARTED),
            end = null,
            conditions = conditions,
            load = LoadPart(512.25, 20.5, null, "a fresh process", "first"),
            memory = MemoryPart(40_000_000, 45_000_000, 50_000_000, 3, "pss"),
            warmUpRuns = 10,
            yardstick = YardstickPart("kotlin-1", best, null),
            turns = taken,
            endToEnd = listOf(Passage(60.0, 12.5, 8.25, 9.75)),
            golden = golden.result(),
            statistics = statistics,
            verdict = Verdict.of(statistics, conditions),
            bundle = BundlePart(bundle.sha256, JOB, 0, bundle.content.photos, results),
            unknown = UNKNOWN,
        )
    }

    /** The document of a run that failed before anything was measured. */
    fun failed(bundle: Bundle, reason: String) = document(bundle).run {
        val gone = "it did not run"
        copy(
            status = "failed",
            reason = reason,
            accelerator = null,
            conditions = null,
            load = null,
            memory = null,
            warmUpRuns = null,
            yardstick = null,
            turns = emptyList(),
            endToEnd = emptyList(),
            golden = null,
            statistics = null,
            verdict = null,
            bundle = this.bundle.copy(results = this.bundle.photos.map { PhotoResult(null, null) }),
            unknown = UNKNOWN.filterKeys { it.split("/")[1] in setOf("program", "device", "runtime", "state") } +
                listOf(
                    "accelerator",
                    "conditions",
                    "load",
                    "memory",
                    "warm_up_runs",
                    "yardstick",
                    "golden",
                    "statistics",
                )
                    .associate { "/$it" to gone } +
                mapOf("/bundle/photos/*/map_sha256" to gone, "/bundle/photos/*/agreement" to gone),
        )
    }

    private const val STARTED = "2026-01-02T03:04:05.678Z"
    private const val SILENT = "this system does not say"

    private val UNKNOWN = mapOf(
        "/program/commit" to "the app does not know it",
        "/runtime/version" to SILENT,
        "/device/soc" to SILENT,
        "/device/cpu" to SILENT,
        "/device/simulator" to SILENT,
        "/accelerator/nodes_delegated" to "nothing was delegated",
        "/state/end" to "the app was ended",
        "/state/start/load_1min" to SILENT,
        "/state/start/governor" to SILENT,
        "/conditions/others_before" to SILENT,
        "/conditions/others_after" to SILENT,
        "/conditions/stolen" to SILENT,
        "/conditions/swapped_bytes" to SILENT,
        "/load/first_inference_ms" to "it was not timed",
        "/yardstick/best/reached_at" to "it was measured for this run",
        "/turns/*/others_ms" to SILENT,
        "/turns/*/stolen_ms" to "no host steals",
        "/turns/*/switches" to SILENT,
        "/turns/*/post_ms" to "it is not part of a run here",
        "/turns/*/device/power" to SILENT,
    )

    private fun state(at: String) = StatePart(at, "battery", 31.5, "", false, true, 0.5, null, 0.875, null)

    /** A turn of a file; [device]: null where nobody looked at it. */
    fun turn(
        number: Int,
        runs: Int,
        device: TurnDevice? = TurnDevice(31.5 + number % 2, null, "", listOf(4, 7), listOf(0.5, 1.0), true),
    ): Turn {
        val executeMs = DoubleArray(runs) { 8.25 + 0.0625 * ((number + it) % 4) }
        return Turn(
            number = number,
            startedS = 1.5 * number,
            before = Reading(0.4, 0.75),
            after = Reading(0.4, 0.75),
            wallMs = executeMs.sum() + 0.75,
            cpuMs = 4 * executeMs.sum(),
            waitedMs = 0.0625,
            othersMs = null,
            stolenMs = null,
            switches = null,
            atMs = DoubleArray(runs) { 8.5 * it },
            executeMs = executeMs,
            preMs = DoubleArray(runs) { 0.125 },
            device = device,
        )
    }
}
