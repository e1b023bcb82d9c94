package dev.pocketseg.harness.device

import android.app.KeyguardManager
import android.content.Intent
import android.content.pm.ApplicationInfo
import android.graphics.Bitmap
import android.graphics.Color
import android.os.BatteryManager
import android.os.PowerManager
import dev.pocketseg.harness.run.CannotRun
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File

@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [26, 31, 35])
class AndroidDeviceTest {
    private val app = RuntimeEnvironment.getApplication()
    private val device = AndroidDevice(app, Front(app, Front.ON_TOP) { 100 })

    @Test
    fun `every fact is there or has its reason`() {
        val (part, why) = device.facts()
        val values = mapOf(
            "maker" to part.maker,
            "model" to part.model,
            "soc" to part.soc,
            "cpu" to part.cpu,
            "cpu_features" to part.cpuFeatures,
            "machine" to part.machine,
        )
        for ((name, value) in values) assertEquals(name, value == null, "/device/$name" in why)
        assertTrue(part.os!!.startsWith("Android "))
        assertTrue(part.isSimulator!!)
        assertEquals("test", Names.launch())
    }

    @Test
    fun `every state is there or has its reason`() {
        val (part, why) = device.state()
        val values = mapOf(
            "power" to part.power,
            "battery_c" to part.batteryC,
            "thermal" to part.thermal,
            "busy_cores" to part.busyCores,
            "load_1min" to part.load1Min,
            "frequency_share" to part.frequencyShare,
            "governor" to part.governor,
        )
        for ((name, value) in values) assertEquals(name, value == null, name in why)
        assertTrue(part.isForeground!!)
    }

    @Test
    fun `a process of Linux says its memory, its times and its cores here, too`() {
        val now = device.memoryBytes().value!!
        assertTrue(device.peakMemoryBytes().value!! >= now)
        assertEquals("rss", device.memoryMetric)
        assertNotNull(device.cores().cores.value)
    }

    @Test
    fun `the battery's broadcast is read, and what it lacks or cannot be is unknown`() {
        val warm = Intent().putExtra(BatteryManager.EXTRA_TEMPERATURE, 314).putExtra(BatteryManager.EXTRA_PLUGGED, 0)
        assertEquals(31.4, Battery.of(warm).temperatureC.value!!, 1e-9)
        assertEquals("battery", Battery.of(warm).power.value)
        assertEquals("mains", Battery.of(Intent().putExtra(BatteryManager.EXTRA_PLUGGED, 2)).power.value)
        assertNotNull(Battery.of(Intent().putExtra(BatteryManager.EXTRA_TEMPERATURE, 99_999)).temperatureC.why)
        for (none in listOf(null, Intent())) {
            assertNotNull(Battery.of(none).temperatureC.why)
            assertNotNull(Battery.of(none).power.why)
        }
    }

    @Test
    fun `heat is said in the system's words`() {
        assertEquals("", Thermal.word(0).value)
        assertEquals("severe", Thermal.word(3).value)
        assertNotNull(Thermal.word(7).why)
    }

    @Suppress("DEPRECATION") // its successor has no part in every level
    @Test
    fun `a screen that is off, locked, or another app's is not ready`() {
        assertTrue(device.readiness().isReady)
        assertFalse(Front(app, Front.ON_TOP) { 200 }.readiness().isReady)
        assertTrue(Front(app, Front.VISIBLE) { 200 }.readiness().isReady)
        shadowOf(app.getSystemService(KeyguardManager::class.java)).setKeyguardLocked(true)
        assertTrue("locked" in device.readiness().message)
        shadowOf(app.getSystemService(PowerManager::class.java)).turnScreenOn(false)
        assertTrue("off" in device.readiness().message)
    }

    @Test
    fun `emulators are told from phones, and processors by their usual names`() {
        assertTrue(Names.isSimulator("ranchu", "google/sdk_gphone64/x:14", "sdk_gphone64_arm64"))
        assertTrue(Names.isSimulator("x", "generic/sdk/generic:8", "sdk"))
        assertFalse(Names.isSimulator("qcom", "google/husky/husky:15", "husky"))
        assertEquals("arm64", Names.machine("arm64-v8a").value)
        assertEquals("x86_64", Names.machine("x86_64").value)
        assertNotNull(Names.known("unknown").why)
        assertNotNull(Names.known(null).why)
    }

    @Test
    fun `a photo is decoded at its own size`() {
        val photo = saved(Color.rgb(10, 20, 30), Bitmap.CompressFormat.PNG)
        val picture = device.decode(photo)
        assertEquals(listOf(3, 2), listOf(picture.heightPx, picture.widthPx))
        assertEquals(listOf(10, 20, 30), (0..2).map { picture.at(2, 1, it) })
    }

    @Test
    fun `a photo that one can see through, or that is none, is refused`() {
        val seen = saved(Color.argb(128, 10, 20, 30), Bitmap.CompressFormat.PNG)
        assertThrows(CannotRun::class.java) { device.decode(seen) }
        val none = File(app.cacheDir, "none.jpg").apply { writeText("no photo") }
        assertThrows(CannotRun::class.java) { device.decode(none) }
        assertThrows(CannotRun::class.java) { device.decode(File(app.cacheDir, "absent.jpg")) }
    }

    @Test
    fun `the build says what it is`() {
        val info = app.applicationInfo
        info.flags = info.flags or ApplicationInfo.FLAG_DEBUGGABLE
        assertTrue(device.isDebugBuild)
        info.flags = info.flags and ApplicationInfo.FLAG_DEBUGGABLE.inv()
        assertFalse(device.isDebugBuild)
    }

    @Test
    fun `a native debugger is seen by what it traces, and none is attached here`() {
        assertFalse(device.hasDebugger)
        val process = File(app.cacheDir, "process").apply { mkdirs() }
        val traced = AndroidDevice(app, Front(app, Front.ON_TOP) { 100 }, ProcFiles(process))
        assertFalse(traced.hasDebugger)
        File(process, "status").writeText("Name:\tturn\nTracerPid:\t4321\n")
        assertTrue(traced.hasDebugger)
    }

    private fun saved(color: Int, format: Bitmap.CompressFormat): File {
        val bitmap = Bitmap.createBitmap(2, 3, Bitmap.Config.ARGB_8888).apply { eraseColor(color) }
        return File(app.cacheDir, "photo").apply { outputStream().use { bitmap.compress(format, 100, it) } }
    }
}
