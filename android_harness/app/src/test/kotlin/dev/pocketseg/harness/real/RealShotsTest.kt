package dev.pocketseg.harness.real

import android.app.Activity
import android.widget.SeekBar
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.R
import dev.pocketseg.harness.backends.Backends
import dev.pocketseg.harness.backends.Given
import dev.pocketseg.harness.core.Bundle
import dev.pocketseg.harness.screens.BundleActivity
import dev.pocketseg.harness.screens.Layouts
import dev.pocketseg.harness.screens.PhotoActivity
import dev.pocketseg.harness.screens.Screens
import org.junit.Assert.assertEquals
import org.junit.Assume.assumeNotNull
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Two screens with photos and a mask of a released network, drawn to target/screenshots: README.md shows them. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [35])
class RealShotsTest {
    @Test
    @Config(qualifiers = "w411dp-h891dp-xhdpi")
    fun `a bundle and a mask, light`() = shoot("light")

    @Test
    @Config(qualifiers = "w411dp-h891dp-night-xhdpi")
    fun `a bundle and a mask, dark`() = shoot("dark")

    private fun shoot(look: String) {
        val file = Given.bundle()
        assumeNotNull("NOT VERIFIED: there is no bundle, -Dpocketseg.bundle", file)
        Backends.all = { Runtimes.all() }
        val hash = file!!.inputStream().use { Places.bundles(Screens.app).add(it) }.name.removeSuffix(".zip")
        val place = Bundle.open(file).use { bundle ->
            bundle.content.artifacts.indexOfFirst { it.name.startsWith("topformer") && it.target == "onnx" }
        }
        val bundle = Screens.open(BundleActivity::class.java, BundleActivity.intent(Screens.app, hash)).get()
        val photo = Screens.open(PhotoActivity::class.java, PhotoActivity.intent(Screens.app, hash, place, 0)).get()
        photo.findViewById<SeekBar>(R.id.wipe)!!.progress = 50
        assertEquals(emptyList<String>(), shot(bundle, "real-bundle-$look") + shot(photo, "real-photo-$look"))
    }

    private fun shot(activity: Activity, name: String): List<String> {
        val drawn = Screens.drawn(activity)
        Screens.save(drawn, name)
        return Layouts.faults(activity, drawn).map { "$name: $it" }
    }
}
