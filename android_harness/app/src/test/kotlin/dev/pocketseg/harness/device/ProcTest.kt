package dev.pocketseg.harness.device

import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import java.io.File

class ProcTest {
    @get:Rule
    val folder = TemporaryFolder()
    private val process by lazy { folder.newFolder("self") }
    private val cores by lazy { folder.newFolder("cpu") }
    private val files by lazy { ProcFiles(process, File(folder.root, "cpuinfo"), cores) }

    @Before
    fun make() {
        thread(1, "worker) R (x", 'S', core = 4, ranNs = 5_000_000, waitedNs = 1_000_000)
        thread(2, "idle", 'S', core = 0, ranNs = 0, waitedNs = 0)
    }

    @Test
    fun `memory is read from its line in bytes`() {
        val text = "Name:\tturn\nVmHWM:\t  123456 kB\nVmRSS:\t   98765 kB\n"
        assertEquals(123456L * 1024, ProcTexts.statusBytes(text, "VmHWM").value)
        assertEquals(98765L * 1024, ProcTexts.statusBytes(text, "VmRSS").value)
    }

    @Test
    fun `damaged texts are unknown with why, and never a number`() {
        for (value in listOf(
            "",
            " kB",
            "\t12 MB",
            "\t-1 kB",
            "\t99999999999999999999 kB",
            "\t9223372036854775807 kB",
        )) {
            val text = "VmHWM:$value"
            val found = ProcTexts.statusBytes(text, "VmHWM")
            assertNull(text, found.value)
            assertNotNull(text, found.why)
        }
        assertNotNull(ProcTexts.statusBytes("", "VmHWM").why)
        val times = listOf("", "1", "1 2", "1 2 3 4", "a b c", "-1 2 3", "1 -2 3")
        for (text in times) assertNull(text, ProcTexts.times(text))
        val places = listOf("", "1 (x", "1 (x) S 1", "1 (x) S" + " 0".repeat(35) + " x")
        for (text in places) assertNull(text, ProcTexts.place(text))
        for (text in listOf("", "x", "-5", "0")) assertNull(text, ProcTexts.frequency(text))
        assertNotNull(ProcTexts.features("processor: 0\n").why)
        assertNotNull(ProcTexts.processor("Hardware:\n").why)
    }

    @Test
    fun `a process is traced where its tracer has a number`() {
        val traced = listOf("TracerPid:\t4321\n", "Name:\tTracerPid: 0\nTracerPid:\t1\n", "Name:\tx\nTracerPid: 7")
        for (text in traced) assertTrue(text, ProcTexts.isTraced(text))
        val free = listOf("", "TracerPid:\t0\nPPid:\t4321\n", "Name:\tTracerPid: 5\n", "TracerPid:\n", "TracerPid:\tx")
        for (text in free) assertFalse(text, ProcTexts.isTraced(text))
    }

    @Test
    fun `features and name are read as the system has them`() {
        val text = "processor\t: 0\nFeatures\t: fp asimd aes\n\nHardware\t: Qualcomm Technologies, Inc SM8550\n"
        assertEquals(listOf("fp", "asimd", "aes"), ProcTexts.features(text).value)
        assertEquals("Qualcomm Technologies, Inc SM8550", ProcTexts.processor(text).value)
    }

    @Test
    fun `a thread's name may hold brackets`() {
        assertEquals(ProcTexts.Place('S', 4), files.threadPlace(1))
    }

    @Test
    fun `times of a thread that has ended still count`() {
        val times = ThreadTimes(files)
        assertEquals(5.0, times.ranMs().value!!, 0.0)
        File(process, "task/1").deleteRecursively()
        thread(3, "new", 'R', core = 1, ranNs = 2_000_000, waitedNs = 500_000)
        assertEquals(7.0, times.ranMs().value!!, 0.0)
        assertEquals(1.5, times.waitedMs().value!!, 0.0)
    }

    @Test
    fun `cores are those of threads that ran since, with their frequencies`() {
        for (core in listOf(0, 1, 4)) frequency(core, now = 1000L + core, most = 2000)
        val reader = CoresReader(files)
        assertEquals(listOf(4), reader.seen().cores.value)
        thread(2, "idle", 'S', core = 0, ranNs = 1, waitedNs = 0)
        val seen = reader.seen()
        assertEquals(listOf(0), seen.cores.value)
        assertEquals(listOf(0.5), seen.frequencyShare.value)
    }

    @Test
    fun `what may not be read is unknown with why`() {
        val closed = ProcFiles(File("absent"), File("absent"), File("absent"))
        assertNotNull(ThreadTimes(closed).ranMs().why)
        val seen = CoresReader(closed).seen()
        assertNotNull(seen.cores.why)
        assertNotNull(seen.frequencyShare.why)
        assertNotNull(CoresReader(files).seen().frequencyShare.why)
        assertNull(closed.status())
    }

    private fun thread(id: Int, name: String, state: Char, core: Int, ranNs: Long, waitedNs: Long) {
        val at = File(process, "task/$id").apply { mkdirs() }
        File(at, "schedstat").writeText("$ranNs $waitedNs 7\n")
        File(at, "stat").writeText("$id ($name) $state" + " 1".repeat(35) + " $core 0 0\n")
    }

    private fun frequency(core: Int, now: Long, most: Long) {
        val at = File(cores, "cpu$core/cpufreq").apply { mkdirs() }
        File(at, "scaling_cur_freq").writeText("$now\n")
        File(at, "cpuinfo_max_freq").writeText("$most\n")
        File(at, "scaling_governor").writeText("schedutil\n")
    }
}
