package dev.pocketseg.harness.core

/** Turns and mirrors: a stored photo by its Exif orientation, a camera's picture by its sensor's rotation. */
object Turns {
    /** Make a photo stand upright. [orientation]: of Exif, 1 to 8; anything else counts as 1. */
    fun upright(stored: Picture, orientation: Int): Picture = when (orientation) {
        2 -> mirrored(stored)
        3 -> clockwise(stored, 2)
        4 -> mirrored(clockwise(stored, 2))
        5 -> mirrored(clockwise(stored, 1))
        6 -> clockwise(stored, 1)
        7 -> mirrored(clockwise(stored, 3))
        8 -> clockwise(stored, 3)
        else -> stored
    }

    /**
     * Turn a camera's picture, then mirror it where it comes from a front camera.
     *
     * [rotationDegrees]: clockwise, as the system gives it: 0, 90, 180 or 270.
     */
    fun fromCamera(taken: Picture, rotationDegrees: Int, facing: Facing): Picture {
        if (rotationDegrees % 90 != 0) {
            throw DataRefused(DataFault.UNSUPPORTED, "a camera is not turned by $rotationDegrees degrees")
        }
        val turned = clockwise(taken, Math.floorMod(rotationDegrees / 90, 4))
        return if (facing == Facing.MIRRORED) mirrored(turned) else turned
    }

    /** Mirror left to right. */
    fun mirrored(picture: Picture): Picture =
        made(picture.heightPx, picture.widthPx) { row, column -> row * picture.widthPx + picture.widthPx - 1 - column }
            .of(picture)

    private fun clockwise(picture: Picture, quarters: Int): Picture {
        val height = picture.heightPx
        val width = picture.widthPx
        return when (quarters) {
            1 -> made(width, height) { row, column -> (height - 1 - column) * width + row }.of(picture)
            2 -> made(height, width) { row, column -> (height - 1 - row) * width + width - 1 - column }.of(picture)
            3 -> made(width, height) { row, column -> column * width + width - 1 - row }.of(picture)
            else -> picture
        }
    }

    /** Which stored pixel each pixel of a picture takes. */
    private class Moved(val heightPx: Int, val widthPx: Int, val source: (Int, Int) -> Int)
    private fun made(heightPx: Int, widthPx: Int, source: (row: Int, column: Int) -> Int) =
        Moved(heightPx, widthPx, source)

    private fun Moved.of(picture: Picture): Picture {
        val rgb = ByteArray(picture.rgb.size)
        var at = 0
        for (row in 0 until heightPx) {
            for (column in 0 until widthPx) {
                val from = 3 * source(row, column)
                rgb[at++] = picture.rgb[from]
                rgb[at++] = picture.rgb[from + 1]
                rgb[at++] = picture.rgb[from + 2]
            }
        }
        return Picture(heightPx, widthPx, rgb)
    }
}

/** Whether a camera's picture is shown as it was taken, or as in a mirror. */
enum class Facing { AS_TAKEN, MIRRORED }
