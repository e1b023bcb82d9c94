package dev.pocketseg.harness.core

/** A record's parts as JSON, field by field and by hand: nothing looks names up, so that no shrinker can change them. */
internal object RecordJson {
    fun of(it: RecordDocument): JsonObject = jsonObject(
        "kind" to "android",
        "status" to it.status,
        "reason" to it.reason,
        "run" to run(it.run),
        "program" to program(it.program),
        "artifact" to artifact(it.artifact, it.manifestSha256),
        "runtime" to runtime(it.runtime),
        "device" to device(it.device),
        "accelerator" to it.accelerator?.let(::accelerator),
        "state" to jsonObject("start" to it.start?.let(::state), "end" to it.end?.let(::state)),
        "conditions" to it.conditions?.let(::conditions),
        "load" to it.load?.let(::load),
        "memory" to it.memory?.let(::memory),
        "warm_up_runs" to it.warmUpRuns,
        "yardstick" to it.yardstick?.let(::yardstick),
        "turns" to it.turns.map(TurnJson::of),
        "end_to_end" to it.endToEnd.map(::passage),
        "golden" to it.golden?.let(::golden),
        "quality" to null,
        "statistics" to it.statistics?.let { found -> statistics(found, it.endToEnd) },
        "verdict" to it.verdict?.kind?.name,
        "verdict_reasons" to it.verdict?.reasons.orEmpty().map { reason -> Texts.printable(reason, LONGEST) },
        "bundle" to bundle(it.bundle),
        "unknown" to RecordReasons.of(it),
    )

    private const val LONGEST = 4096

    private fun run(it: RunPart) = jsonObject(
        "id" to it.id,
        "place" to it.place,
        "files" to it.files,
        "started_at" to it.startedAt,
        "seed" to it.seed,
    )

    private fun program(it: ProgramPart) = jsonObject(
        "name" to it.name,
        "version" to it.version,
        "commit" to it.commit,
        "build_type" to it.buildType,
        "debugger" to it.hasDebugger,
        "launch" to it.launch,
    )

    private fun artifact(it: Manifest, manifestSha256: String) = jsonObject(
        "sha256" to it.sha256,
        "manifest_sha256" to manifestSha256,
        "file" to it.file,
        "model" to it.model,
        "recipe" to it.recipe,
        "precision" to it.precision,
        "target" to it.target,
        "output" to it.output,
        "size_bytes" to it.sizeBytes,
        "input_height_px" to it.inputHeightPx,
        "input_width_px" to it.inputWidthPx,
        "checkpoint_sha256" to it.checkpointSha256,
        "split_hash" to it.splitHash,
    )

    private fun runtime(it: RuntimePart) = jsonObject(
        "name" to it.name,
        "tool" to it.tool,
        "version" to it.version,
        "threads_asked" to it.threadsAsked,
        "threads" to it.threads,
        "label" to it.label,
        "desktop_version" to it.desktopVersion,
    )

    private fun device(it: DevicePart) = jsonObject(
        "maker" to it.maker,
        "model" to it.model,
        "soc" to it.soc,
        "cpu" to it.cpu,
        "cpu_features" to it.cpuFeatures,
        "cores" to it.cores,
        "memory_bytes" to it.memoryBytes,
        "os" to it.os,
        "python" to null,
        "machine" to it.machine,
        "matrix_tiles" to null,
        "simulator" to it.isSimulator,
    )

    private fun accelerator(it: AcceleratorPart) = jsonObject(
        "asked" to it.asked,
        "obtained" to it.obtained,
        "nodes" to it.nodes,
        "nodes_delegated" to it.nodesDelegated,
        "fallback" to it.fallback,
        "arithmetic" to it.arithmetic?.code,
    )

    private fun state(it: StatePart) = jsonObject(
        "at" to it.at,
        "power" to it.power,
        "battery_c" to it.batteryC,
        "thermal" to it.thermal,
        "low_power" to it.isLowPower,
        "foreground" to it.isForeground,
        "busy_cores" to it.busyCores,
        "load_1min" to it.load1Min,
        "frequency_share" to it.frequencyShare,
        "governor" to it.governor,
    )

    private fun conditions(it: Conditions) = jsonObject(
        "others_before" to it.othersBefore,
        "others_during" to it.othersDuring,
        "others_after" to it.othersAfter,
        "stolen" to it.stolen,
        "swapped_bytes" to it.swappedBytes,
    )

    private fun load(it: LoadPart) = jsonObject(
        "cold_ms" to it.coldMs,
        "warm_ms" to it.warmMs,
        "first_inference_ms" to it.firstInferenceMs,
        "cold_means" to it.coldMeans,
        "state" to it.state,
    )

    private fun memory(it: MemoryPart) = jsonObject(
        "before_bytes" to it.beforeBytes,
        "loaded_bytes" to it.loadedBytes,
        "peak_bytes" to it.peakBytes,
        "runs" to it.runs,
        "metric" to it.metric,
    )

    private fun yardstick(it: YardstickPart): JsonObject {
        val best = it.best?.let { best ->
            jsonObject(
                "integer_ms" to best.integerMs,
                "memory_ms" to best.memoryMs,
                "reached_at" to it.reachedAt,
            )
        }
        return jsonObject("version" to it.version, "best" to best)
    }

    private fun passage(it: Passage) = jsonObject(
        "at_s" to it.atS,
        "pre_ms" to it.preMs,
        "execute_ms" to it.executeMs,
        "post_ms" to it.postMs,
    )

    private fun golden(it: GoldenResult) = jsonObject(
        "status" to it.status.code,
        "reason" to Texts.printable(it.reason, LONGEST),
        "values" to it.values,
        "max_abs_error" to it.maxAbsError,
        "tolerance" to it.tolerance,
    )

    private fun statistics(it: Statistics, passages: List<Passage>): JsonObject {
        val whole = passages.map { passage -> passage.preMs + passage.executeMs + passage.postMs }.toDoubleArray()
        return jsonObject(
            "runs" to it.runs,
            "turns" to it.turns,
            "undisturbed_turns" to it.undisturbedTurns,
            "p50_ms" to it.p50Ms,
            "p50_low_ms" to it.p50LowMs,
            "p50_high_ms" to it.p50HighMs,
            "p50_all_ms" to it.p50AllMs,
            "p90_ms" to it.p90Ms,
            "p99_ms" to it.p99Ms,
            "cv" to it.cv,
            "drift" to it.drift,
            "end_to_end_ms" to if (whole.isEmpty()) null else Samples.median(whole),
            "miou" to null,
            "miou_low" to null,
            "miou_high" to null,
            "iou" to null,
        )
    }

    private fun bundle(it: BundlePart) = jsonObject(
        "sha256" to it.sha256,
        "job" to it.job,
        "run" to it.run,
        "photos" to it.photos.zip(it.results) { photo, result ->
            jsonObject(
                "original_sha256" to photo.originalSha256,
                "bundled_sha256" to photo.bundledSha256,
                "map_sha256" to result.mapSha256,
                "agreement" to result.agreement,
            )
        },
    )
}
