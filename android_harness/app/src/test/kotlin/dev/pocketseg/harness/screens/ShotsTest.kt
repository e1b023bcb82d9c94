package dev.pocketseg.harness.screens

import android.app.Activity
import android.content.Intent
import android.os.Bundle
import android.widget.SeekBar
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.R
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File

/** Every screen in every look, drawn to target/screenshots, and nothing of it cut, small, faint or without a label. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [35])
class ShotsTest {
    @Test
    @Config(qualifiers = "w411dp-h891dp-xhdpi")
    fun `a phone, light`() = shoot("light")

    @Test
    @Config(qualifiers = "w411dp-h891dp-night-xhdpi")
    fun `a phone, dark`() = shoot("dark")

    @Test
    @Config(qualifiers = "w360dp-h640dp-xhdpi")
    fun `a small phone`() = shoot("360dp")

    @Test
    @Config(qualifiers = "sw800dp-w1280dp-h800dp-land-mdpi")
    fun `a tablet`() = shoot("tablet")

    @Test
    @Config(qualifiers = "w360dp-h640dp-xhdpi")
    fun `large letters`() {
        RuntimeEnvironment.setFontScale(1.3f)
        shoot("font13")
    }

    @Test
    @Config(qualifiers = "w360dp-h640dp-xhdpi")
    fun `the largest letters`() {
        RuntimeEnvironment.setFontScale(2f)
        shoot("font20")
    }

    @Test
    @Config(qualifiers = "ar-ldrtl-w411dp-h891dp-xhdpi")
    fun `from right to left`() = shoot("rtl")

    private fun shoot(look: String) {
        val faults = ArrayList<String>()
        fun look(activity: Activity, name: String) {
            val drawn = Screens.drawn(activity)
            Screens.save(drawn, "$name-$look")
            faults += Layouts.faults(activity, drawn).map { "$name: $it" }
        }
        look(Screens.open(BundlesActivity::class.java).get(), "empty")
        val hash = Screens.keepSample()
        SampleJob.running(Screens.app, hash)
        look(Screens.open(ResultsActivity::class.java, results()).get(), "running")
        File(Places.jobs(Screens.app), SampleJob.JOB).deleteRecursively()
        SampleJob.finished(Screens.app, hash)
        Screens.keepSample(Sample.make("Evening gowns"))
        look(Screens.open(BundlesActivity::class.java).get(), "bundles")
        look(Screens.open(BundleActivity::class.java, BundleActivity.intent(Screens.app, hash)).get(), "bundle")
        look(Screens.open(ResultsActivity::class.java, results()).get(), "results")
        val photo = Screens.open(PhotoActivity::class.java, PhotoActivity.intent(Screens.app, hash, 0, 0)).get()
        photo.findViewById<SeekBar>(R.id.wipe)!!.progress = 50
        look(photo, "photo")
        look(Screens.open(CameraActivity::class.java, CameraActivity.intent(Screens.app, hash, 0)).get(), "camera")
        UnderWay(hash).use { look(it.activity, "run") }
        assertEquals(emptyList<String>(), faults)
    }

    private fun results(): Intent = ResultsActivity.intent(Screens.app, SampleJob.JOB)
}

/** An empty screen for a view. */
class PanelActivity : Activity() {
    override fun onCreate(saved: Bundle?) {
        setTheme(R.style.Theme_PocketSeg)
        super.onCreate(saved)
    }
}
