package dev.pocketseg.harness.screens

import dev.pocketseg.harness.R
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** Every text colour stands out from whatever lies behind it, by day and by night. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [35])
class PaletteTest {
    private val onPage =
        listOf(R.color.text, R.color.text_quiet, R.color.accent, R.color.good, R.color.doubtful, R.color.bad)

    @Test
    fun `by day`() = check()

    @Test
    @Config(qualifiers = "night")
    fun `by night`() = check()

    private fun check() {
        val pairs = onPage.flatMap { listOf(it to R.color.page, it to R.color.card) } +
            listOf(R.color.on_accent to R.color.accent, R.color.accent to R.color.accent_soft)
        for ((text, behind) in pairs) {
            val ratio = Layouts.ratio(Screens.app.getColor(text), Screens.app.getColor(behind))
            val names = listOf(text, behind).map { Screens.app.resources.getResourceEntryName(it) }
            assertTrue("$names: $ratio", ratio >= 4.5)
        }
    }
}
