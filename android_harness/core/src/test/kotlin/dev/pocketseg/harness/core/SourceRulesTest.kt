package dev.pocketseg.harness.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.TestFactory
import java.io.File

/** What no source of the core may hold, since a phone of another language or a shrinker would change what it does. */
class SourceRulesTest {
    private val sources = File(Cases.checkout, "android_harness/core/src/main").walk().filter { it.extension == "kt" }

    @TestFactory
    fun `nothing follows the phone's language, Android or names that a shrinker changes`() = listOf(
        "import android" to Regex("""import androidx?\."""),
        "a formatter, whose digits follow the language" to
            Regex("""\.format\(|SimpleDateFormat|DateTimeFormatter|NumberFormat"""),
        "letters by the language" to Regex("""toUpperCase\(|toLowerCase\(|capitalize\("""),
        "reflection" to Regex("""::class\.(members|memberProperties|declared)|kotlin\.reflect|Class\.forName|Gson"""),
        "a direct buffer in Java's byte order" to Regex("""allocateDirect\([^)]*\)(?!\.order\()"""),
    ).map { (name, pattern) ->
        dynamicTest(name) {
            val found = sources.filter { pattern.containsMatchIn(it.readText()) }.map { it.name }.toList()
            assertEquals(emptyList<String>(), found)
        }
    }

    @TestFactory
    fun `each file is short and says what it is`() = sources.toList().map {
        dynamicTest(it.name) {
            assertTrue(it.readLines().size <= 300)
            assertTrue(it.readText().contains("/**") || it.readText().contains("// "))
        }
    }
}
