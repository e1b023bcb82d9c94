package dev.pocketseg.harness.core

import java.io.File

/** What a shrinker is given as the program: it opens a bundle and writes a record of it; [arguments]: where to. */
fun main(arguments: Array<String>) {
    val bundle = Made.bundle()
    bundle.verify()
    AtomicFile.write(File(arguments[0]), Made.document(bundle).sealed().toByteArray())
}
