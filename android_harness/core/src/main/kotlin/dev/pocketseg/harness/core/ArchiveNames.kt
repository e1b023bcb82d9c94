package dev.pocketseg.harness.core

/** What the names in a bundle may be: ASCII, short, without folders that lead out. */
internal object ArchiveNames {
    private const val MOST_PARTS = 8
    private const val LONGEST = 200
    private const val LONGEST_PART = 64

    /** Give what is wrong with one name, in the order in which conformance/README.md has it; null for a good one. */
    fun fault(name: String): ArchiveFault? {
        val parts = name.split('/')
        return when {
            name.any { it.code >= 0x80 } -> ArchiveFault.NAME_NOT_ASCII
            '\\' in name -> ArchiveFault.NAME_BACKSLASH
            name.startsWith('/') -> ArchiveFault.NAME_ABSOLUTE
            name.endsWith('/') -> ArchiveFault.NAME_FOLDER
            parts.any { it.isEmpty() || it == "." || it == ".." } -> ArchiveFault.NAME_DOTS
            name.length > LONGEST || parts.size > MOST_PARTS || parts.any { it.length > LONGEST_PART } ->
                ArchiveFault.NAME_TOO_LONG
            !parts.all(::isPart) -> ArchiveFault.NAME_CHARACTERS
            else -> null
        }
    }

    /** Say whether two names are one but for upper and lower case, or one is a file and the folder of another. */
    fun hasTwins(names: Collection<String>): Boolean {
        val low = names.map { it.lowercase() }
        val folders = HashSet<String>()
        for (name in low) {
            for ((at, sign) in name.withIndex()) if (sign == '/') folders.add(name.substring(0, at))
        }
        return low.toSet().size < low.size || low.any { it in folders }
    }

    private fun isPart(part: String) = isWordSign(part[0]) && part.all { isWordSign(it) || it == '.' || it == '-' } &&
        !part.endsWith('.')

    private fun isWordSign(sign: Char) = sign in 'A'..'Z' || sign in 'a'..'z' || sign in '0'..'9' || sign == '_'
}
