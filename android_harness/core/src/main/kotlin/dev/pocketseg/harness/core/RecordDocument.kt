package dev.pocketseg.harness.core

/**
 * One run of one file on one phone, as it becomes a record.
 *
 * Parts that are null are null in the record; [unknown] says why, by JSON pointer. Reasons that hold of every phone,
 * and of figures that the method does not give, need not be in it.
 */
data class RecordDocument(
    val status: String,
    val reason: String,
    val run: RunPart,
    val program: ProgramPart,
    val artifact: Manifest,
    val manifestSha256: String,
    val runtime: RuntimePart,
    val device: DevicePart,
    val accelerator: AcceleratorPart?,
    val start: StatePart?,
    val end: StatePart?,
    val conditions: Conditions?,
    val load: LoadPart?,
    val memory: MemoryPart?,
    val warmUpRuns: Int?,
    val yardstick: YardstickPart?,
    val turns: List<Turn>,
    val endToEnd: List<Passage>,
    val golden: GoldenResult?,
    val statistics: Statistics?,
    val verdict: Verdict?,
    val bundle: BundlePart,
    val unknown: Map<String, String>,
) {
    /** Write it as one line with its seal. Throws [RecordRefused] where a null has no reason, or a part does not fit. */
    fun sealed(): String = RecordReader.sealed(RecordJson.of(this))
}
