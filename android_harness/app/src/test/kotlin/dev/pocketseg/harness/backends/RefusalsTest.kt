package dev.pocketseg.harness.backends

import dev.pocketseg.harness.run.CannotRun
import dev.pocketseg.harness.run.Wanted
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import java.io.File

@RunWith(RobolectricTestRunner::class)
@Config(sdk = [26, 31, 35])
class RefusalsTest {
    @Test
    fun `a file of its target is not refused for the processor`() {
        for (target in Given.TARGETS) assertNull(Given.backend(target).refusal(Given.wanted(target)))
    }

    @Test
    fun `a library that is not in the app refuses the run in plain words`() {
        for (target in Given.TARGETS) {
            val backend = Given.backend(target, Given.NO_NATIVES)
            assertTrue(backend.refusal(Given.wanted(target))!!.startsWith("this build of the app has no lib"))
            assertThrows(CannotRun::class.java) { backend.open(Given.wanted(target)) }
        }
    }

    @Test
    fun `a library that does not load refuses the run in plain words`() {
        for (target in listOf("executorch", "torchmobile")) {
            val error = assertThrows(CannotRun::class.java) { opened(target) }
            assertTrue(error.message, "are not in this build of the app, or do not load" in error.message!!)
        }
    }

    @Test
    fun `an accelerator that a runtime has not is refused with the reason`() {
        val asked = mapOf("tflite" to "npu", "onnx" to "gpu", "torchmobile" to "gpu")
        for ((target, accelerator) in asked) {
            assertNotNull(Given.backend(target).refusal(Given.wanted(target, accelerator)))
        }
        assertTrue("deprecated since Android 15" in Given.backend("tflite").refusal(Given.wanted("tflite", "npu"))!!)
    }

    @Test
    fun `files of another target, content or number of inputs are refused before any library is looked for`() {
        for (target in Given.TARGETS) {
            val backend = Given.backend(target, Given.NO_NATIVES)
            val other = Given.TARGETS.first { it != target }
            assertEquals("it is a file for $other, not for $target", backend.refusal(Given.wanted(other)))
            val wrong = Wanted(Given.file(other), Given.manifest(target), "cpu", 1)
            assertEquals("its content is no file for $target", backend.refusal(wrong))
            val absent = Wanted(File("absent"), Given.manifest(target), "cpu", 1)
            assertEquals("the file is not there", backend.refusal(absent))
            for (inputs in listOf(0, 2)) {
                val refusal = backend.refusal(Given.wanted(target, manifest = Given.manifest(target, inputs)))
                assertEquals("it takes $inputs inputs, and a photo fills one", refusal)
            }
        }
    }

    @Test
    fun `what this build of ONNX Runtime lacks is refused and nothing else takes its place`() {
        val nnapi = assertThrows(CannotRun::class.java) { opened("onnx", "npu") }
        assertTrue(nnapi.message, "is not in this app's build of ONNX Runtime" in nnapi.message!!)
        val xnnpack = OnnxBackend(Given.ANY_NATIVES, OnnxKernels.XNNPACK)
        assertThrows(CannotRun::class.java) { JvmNatives.deep { xnnpack.open(Given.wanted("onnx")) } }
        assertEquals("onnxruntime (CPU: XNNPACK)", xnnpack.facts.tool)
        assertEquals("", xnnpack.facts.label) // which is of runtimes that are no real ones
        assertEquals("onnxruntime", Given.backend("onnx").facts.tool)
    }

    @Test
    fun `a damaged file fails by itself and is not refused`() {
        val error = assertThrows(Exception::class.java) { opened("onnx") }
        assertTrue(error.toString(), error !is CannotRun)
    }

    @Test
    fun `a delegate that the file was not made for is refused`() {
        assertEquals("cpu", Delegates.accelerator("cpu", listOf("XnnpackBackend")).obtained)
        assertEquals("cpu", Delegates.accelerator("cpu", emptyList()).obtained)
        val vulkan = Delegates.accelerator("gpu", listOf("VulkanBackend", "XnnpackBackend"))
        assertNull(vulkan.obtained)
        assertNotNull(vulkan.fallback)
        for ((asked, delegates) in listOf("gpu" to "XnnpackBackend", "cpu" to "VulkanBackend", "cpu" to "QnnBackend")) {
            assertThrows(CannotRun::class.java) { Delegates.accelerator(asked, listOf(delegates)) }
        }
        assertThrows(CannotRun::class.java) { Delegates.accelerator("gpu", listOf("VulkanBackend", "QnnBackend")) }
    }

    private fun opened(target: String, accelerator: String = "cpu") =
        JvmNatives.deep { Given.backend(target).open(Given.wanted(target, accelerator)) }
}
