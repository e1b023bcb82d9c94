package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assumptions.abort
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.assertThrows
import java.awt.image.BufferedImage
import java.awt.image.IndexColorModel
import java.io.File
import java.nio.ByteBuffer
import javax.imageio.ImageIO

/** Photo to input: every case of preprocessing, exif, camera, yuv and decode. */
class PixelCasesTest {
    @TestFactory
    fun `a photo is brought to the input's size`() = Cases.each(Cases.of("preprocessing").tables("resize")) {
        val photo = Cases.array(it.table("rgb")).picture()
        Cases.expect(Resize.resize(photo, it.int("height_px"), it.int("width_px")), it)
    }

    @TestFactory
    fun `a photo becomes the input's bytes`() = Cases.each(Cases.of("preprocessing").tables("tensors")) {
        val given = it.table("tensor")
        val spec = ManifestReader.tensor(JsonObject(given.fields + ("name" to JsonText("image"))))
        val found = InputTensor.bytes(Cases.array(it.table("rgb")).picture(), spec)
        Cases.expect(CaseArray(spec.dtype, spec.shape, found), it)
    }

    @TestFactory
    fun `each orientation stands upright`() = Cases.each(Cases.of("exif").tables("cases")) {
        Cases.expect(Turns.upright(Cases.array(it.table("rgb")).picture(), it.int("orientation")), it)
    }

    @TestFactory
    fun `a camera's picture is turned and then mirrored`() = Cases.each(Cases.of("camera").tables("cases")) {
        val facing = if (it["mirror"] == JsonBoolean(true)) Facing.MIRRORED else Facing.AS_TAKEN
        Cases.expect(Turns.fromCamera(Cases.array(it.table("rgb")).picture(), it.int("rotation_degrees"), facing), it)
    }

    @TestFactory
    fun `planes become RGB`() = Cases.each(Cases.of("yuv").tables("cases")) {
        Cases.expect(
            Yuv.toRgb(it.int("height_px"), it.int("width_px"), plane(it, "y"), plane(it, "u"), plane(it, "v")),
            it,
        )
    }

    @Test
    fun `planes that are a sample short are refused and not read`() {
        for (case in Cases.of("yuv").tables("cases")) {
            for (name in listOf("y", "u", "v")) {
                val planes = listOf("y", "u", "v").map {
                    plane(case, it, limit = if (it == name) lastSample(case, it) else null)
                }
                val error = assertThrows<DataRefused> {
                    Yuv.toRgb(case.int("height_px"), case.int("width_px"), planes[0], planes[1], planes[2])
                }
                assertEquals(DataFault.BEYOND_MEMORY, error.fault)
            }
        }
    }

    @Test
    fun `rows of 896 bytes for 864 pixels are not sheared`() {
        val luma = ByteArray(896 * 3 + 864) { (it % 896 % 251).toByte() }
        val colour = ByteArray(896 + 863) { 128.toByte() } // two bytes a sample, the last row a byte short
        val plane = Plane(ByteBuffer.wrap(colour), 0, 896, 2)
        val found = Yuv.toRgb(4, 864, Plane(ByteBuffer.wrap(luma), 0, 896, 1), plane, plane)
        for (row in 0..3) for (column in 0 until 864) assertEquals(column % 251, found.at(row, column, 1))
    }

    /** The core decodes no files: Java's decoder stands in for PNG, so that what comes after a decoder is tried. */
    @TestFactory
    fun `decoded ints of ARGB become RGB without their alpha`() = Cases.each(Cases.of("decode").tables("cases")) {
        val file = File(Cases.folder, it.text("file"))
        if (it["exact"] != JsonBoolean(true)) abort<Unit>("nobody has measured Android's decoder for ${file.name} yet")
        val image = ImageIO.read(file) ?: abort("Java has no decoder for ${file.name}")
        Cases.expect(Picture.ofArgb(image.height, image.width, argb(image)), it)
    }

    @Test
    fun `colours of a pixel that is seen through stay as they are`() {
        val found = Picture.ofArgb(1, 2, intArrayOf(0x00C86432, 0x80FF0102.toInt()))
        assertEquals(listOf(200, 100, 50, 255, 1, 2), found.rgb.map { it.toInt() and 0xFF })
    }

    /** As `getPixels` gives them. Java would brighten greys, which it takes for linear. */
    private fun argb(image: BufferedImage) = IntArray(image.width * image.height) {
        val row = it / image.width
        val column = it % image.width
        val isGrey = image.raster.numBands == 1 && image.colorModel !is IndexColorModel
        if (isGrey) image.raster.getSample(column, row, 0) * 0x010101 else image.getRGB(column, row)
    }

    private fun plane(case: JsonObject, name: String, limit: Int? = null): Plane {
        val said = case.table(name)
        val memory = ByteBuffer.wrap(Cases.array(said.table("memory")).data)
        if (limit != null) memory.limit(limit)
        return Plane(memory, said.int("offset_bytes"), said.int("row_stride_bytes"), said.int("pixel_stride_bytes"))
    }

    private fun lastSample(case: JsonObject, name: String): Int {
        val said = case.table(name)
        val half = if (name == "y") 1 else 2
        val rows = (case.int("height_px") + half - 1) / half
        val columns = (case.int("width_px") + half - 1) / half
        return said.int("offset_bytes") + (rows - 1) * said.int("row_stride_bytes") +
            (columns - 1) * said.int("pixel_stride_bytes")
    }
}
