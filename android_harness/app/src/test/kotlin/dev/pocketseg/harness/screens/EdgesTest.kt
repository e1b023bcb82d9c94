package dev.pocketseg.harness.screens

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Insets
import android.view.View
import android.view.ViewGroup
import android.view.WindowInsets
import dev.pocketseg.harness.R
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** A screen is drawn below the system's bars, and nothing that is read or pressed lies below them. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = [31, 35])
class EdgesTest {
    @Test
    fun `title and list keep clear of the bars`() {
        val activity = Screens.open(BundlesActivity::class.java).get()
        val root = activity.findViewById<ViewGroup>(android.R.id.content)!!.getChildAt(0)

        @Suppress("DEPRECATION") // the builder of the middle level
        val bars = WindowInsets.Builder().setSystemWindowInsets(Insets.of(11, 48, 13, 96)).build()
        root.dispatchApplyWindowInsets(bars)
        val title = activity.findViewById<View>(R.id.page_title)!!.parent as View
        val list = activity.findViewById<View>(R.id.page_scroll)!!
        assertEquals(listOf(11, 48, 13), listOf(title.paddingLeft, title.paddingTop, title.paddingRight))
        assertEquals(listOf(11, 13, 96), listOf(list.paddingLeft, list.paddingRight, list.paddingBottom))
    }

    @Test
    fun `the icon is drawn in its colours`() {
        val bitmap = Bitmap.createBitmap(216, 216, Bitmap.Config.ARGB_8888)
        val icon = Screens.app.getDrawable(R.mipmap.ic_launcher)!!
        icon.setBounds(0, 0, 216, 216)
        icon.draw(Canvas(bitmap))
        Screens.save(bitmap, "icon")
        assertEquals(0xFFE6553C.toInt(), bitmap.getPixel(80, 108))
        assertEquals(0xFF3278DC.toInt(), bitmap.getPixel(136, 108))
    }
}
