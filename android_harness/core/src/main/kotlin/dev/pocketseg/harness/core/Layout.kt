package dev.pocketseg.harness.core

/** Where channels, rows and columns lie in a tensor of one picture: NCHW or NHWC. */
internal class Layout private constructor(
    private val shape: List<Int>,
    val channelAxis: Int,
    val rowAxis: Int,
    val columnAxis: Int,
) {
    val channels: Int get() = shape[channelAxis]
    val heightPx: Int get() = shape[rowAxis]
    val widthPx: Int get() = shape[columnAxis]

    companion object {
        /** Read a tensor's layout; null where it is not of four axes that are known. */
        fun of(spec: TensorSpec): Layout? = when {
            spec.shape.size != 4 -> null
            spec.layout == "NCHW" -> Layout(spec.shape, 1, 2, 3)
            spec.layout == "NHWC" -> Layout(spec.shape, 3, 1, 2)
            else -> null
        }
    }
}
