package dev.pocketseg.harness.core

/** What a manifest.json says of its file, as far as an app needs it. */
data class Manifest(
    val target: String,
    val model: String,
    val recipe: String,
    val precision: String,
    val output: String,
    val file: String,
    val sha256: String,
    val sizeBytes: Long,
    val inputHeightPx: Int,
    val inputWidthPx: Int,
    val inputs: List<TensorSpec>,
    val outputs: List<TensorSpec>,
    val classes: List<String>,
    val colorsRgb: List<List<Int>>,
    val checkpointSha256: String,
    val splitHash: String,
)

/** An input or an output: its name, and how its numbers lie and what they mean. */
data class TensorSpec(
    val name: String,
    val shape: List<Int>,
    val layout: String,
    val dtype: String,
    val scale: Double?,
    val zeroPoint: Long?,
)
