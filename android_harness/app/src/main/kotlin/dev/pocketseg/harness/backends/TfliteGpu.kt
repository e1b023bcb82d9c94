package dev.pocketseg.harness.backends

import dev.pocketseg.harness.core.AcceleratorPart
import dev.pocketseg.harness.core.Arithmetic
import dev.pocketseg.harness.run.CannotRun
import org.tensorflow.lite.Delegate
import org.tensorflow.lite.gpu.CompatibilityList
import org.tensorflow.lite.gpu.GpuDelegate
import org.tensorflow.lite.gpu.GpuDelegateFactory

/** TensorFlow Lite's GPU delegate, and whether its release knows this device; tests put another in its place. */
internal class TfliteGpu(
    private val isListed: () -> Boolean = { CompatibilityList().use { it.isDelegateSupportedOnThisDevice } },
    private val made: () -> Delegate = { GpuDelegate(options()) },
) {
    /**
     * Make the delegate, on devices that are not listed, too: a list that is as old as its release has no newer phone,
     * and the golden check sees what a wrong one computes. Throws [CannotRun], in the delegate's words.
     */
    fun delegate(): Delegate = try {
        made()
    } catch (error: RuntimeException) {
        throw refused(error)
    }

    /** Build what uses the delegate. Throws [CannotRun], in the delegate's words, where it does not take the file. */
    fun <T> apply(build: () -> T): T = try {
        build()
    } catch (error: RuntimeException) {
        if ("delegate" in error.message.orEmpty()) throw refused(error) // else it is the file that fails
        throw error
    }

    /** What is known of what ran; never that all of it ran there. */
    fun part(): AcceleratorPart {
        val silent = "TensorFlow Lite does not say how much of the file its GPU delegate took"
        val unlisted = "this device is not among those on which its release knows the delegate to work"
        return AcceleratorPart(
            asked = "gpu",
            obtained = null,
            nodes = null,
            nodesDelegated = null,
            fallback = if (isListed()) silent else "$silent; $unlisted",
            arithmetic = Arithmetic.FLOAT16,
        )
    }

    private fun refused(error: RuntimeException) =
        CannotRun("TensorFlow Lite's GPU delegate does not take it: ${reason(error)}", error)

    private companion object {
        fun options(): GpuDelegateFactory.Options = GpuDelegateFactory.Options()
            .setPrecisionLossAllowed(true)
            .setQuantizedModelsAllowed(true)
            .setInferencePreference(GpuDelegateFactory.Options.INFERENCE_PREFERENCE_SUSTAINED_SPEED)
    }
}
