package dev.pocketseg.harness.screens

import android.graphics.Bitmap
import dev.pocketseg.harness.core.ClassMap
import dev.pocketseg.harness.core.Picture
import java.io.ByteArrayOutputStream

/** Photos that are drawn: a figure in plain colours, each of which is one class. */
object Drawn {
    val classes = listOf("background", "upper", "lower", "full")
    val colorsRgb = listOf(listOf(0, 0, 0), listOf(230, 85, 60), listOf(50, 120, 220), listOf(60, 170, 90))

    /** Colours of wall, skin, floor, then of what is worn, and the class of each. */
    val looks = listOf(
        Triple(214, 219, 224) to 0,
        Triple(226, 178, 150) to 0,
        Triple(176, 158, 140) to 0,
        Triple(224, 178, 72) to 1,
        Triple(52, 62, 96) to 2,
        Triple(150, 60, 110) to 3,
    )

    private fun look(person: Int, x: Double, y: Double): Int {
        val middle = 0.5 + 0.06 * (person % 3 - 1)
        val side = Math.abs(x - middle)
        val head = Math.hypot((x - middle) * 0.75, y - 0.2)
        return when {
            head < 0.075 -> 1
            person % 3 == 2 && y in 0.29..0.72 && side < 0.1 + 0.25 * (y - 0.29) -> 5
            y in 0.29..0.55 && side < 0.14 -> if (person % 3 == 2) 1 else 3
            y in 0.3..0.5 && side < 0.21 -> if (person % 3 == 2) 1 else 3
            y in 0.55..0.9 && side < 0.13 && side > 0.012 * (y - 0.5) * 10 -> if (person % 3 == 2) 1 else 4
            y > 0.86 -> 2
            else -> 0
        }
    }

    fun picture(person: Int, heightPx: Int, widthPx: Int): Picture {
        val rgb = ByteArray(3 * heightPx * widthPx)
        for (place in 0 until heightPx * widthPx) {
            val color = looks[at(person, place, heightPx, widthPx)].first
            rgb[3 * place] = color.first.toByte()
            rgb[3 * place + 1] = color.second.toByte()
            rgb[3 * place + 2] = color.third.toByte()
        }
        return Picture(heightPx, widthPx, rgb)
    }

    fun map(person: Int, heightPx: Int, widthPx: Int) = ClassMap(
        heightPx,
        widthPx,
        ByteArray(heightPx * widthPx) { looks[at(person, it, heightPx, widthPx)].second.toByte() },
    )

    fun jpeg(picture: Picture): ByteArray {
        val pixels = IntArray(picture.heightPx * picture.widthPx) { place ->
            val row = place / picture.widthPx
            val column = place % picture.widthPx
            (0xFF shl 24) or (picture.at(row, column, 0) shl 16) or (picture.at(row, column, 1) shl 8) or
                picture.at(row, column, 2)
        }
        val bitmap = Bitmap.createBitmap(pixels, picture.widthPx, picture.heightPx, Bitmap.Config.ARGB_8888)
        return ByteArrayOutputStream().also { bitmap.compress(Bitmap.CompressFormat.JPEG, 92, it) }.toByteArray()
    }

    private fun at(person: Int, place: Int, heightPx: Int, widthPx: Int) =
        look(person, (place % widthPx + 0.5) / widthPx, (place / widthPx + 0.5) / heightPx)
}
