package dev.pocketseg.harness.core

/** The MAJOR.MINOR that a document says of itself. */
internal class Version(val major: Int, val minor: Int) {
    companion object {
        private val FORM = Regex("([0-9]{1,4})\\.([0-9]{1,4})")

        /** Read `schema_version`; null where it is none. */
        fun of(document: JsonObject): Version? {
            val said = (document["schema_version"] as? JsonText)?.text ?: return null
            val (major, minor) = FORM.matchEntire(said)?.destructured ?: return null
            return Version(major.toInt(), minor.toInt())
        }
    }
}
