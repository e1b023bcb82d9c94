package dev.pocketseg.harness.screens

import android.content.Context
import android.os.Handler
import android.os.Looper
import dev.pocketseg.harness.Places
import dev.pocketseg.harness.R
import dev.pocketseg.harness.core.Refused
import java.io.File
import java.io.IOException
import java.util.concurrent.Executors

/** How far a bundle is that is being taken in; [doneBytes] of [wholeBytes], which is null where nobody says it. */
sealed class Import {
    object None : Import()

    class Copying(val name: String, val doneBytes: Long, val wholeBytes: Long?) : Import()

    class Checking(val name: String) : Import()

    class Kept(val sha256: String) : Import()

    class NotKept(val name: String, val reason: String) : Import()
}

/** Takes bundles in, one after the other, whatever becomes of the screen that asked for it. */
object Imports {
    private const val SAID_EVERY_BYTES = 1L shl 20
    private const val SPARE_BYTES = 64L shl 20
    private val thread = Executors.newSingleThreadExecutor { Thread(it, "imports") }
    private val main = Handler(Looper.getMainLooper())

    /** The screen that shows it, while one does; called on the main thread. */
    var listener: (() -> Unit)? = null

    @Volatile
    var now: Import = Import.None
        private set

    /** Copy, check and keep a bundle; [source] is asked off the main thread, as another app may take its time. */
    fun start(context: Context, source: (Context) -> ImportSource) {
        val app = context.applicationContext
        say(Import.Copying(app.getString(R.string.a_bundle), 0, null))
        thread.execute { say(taken(app, source(app))) }
    }

    /** Forget how the last one ended. */
    fun forget() = say(Import.None)

    /** Say that nothing was taken, and why. */
    fun refuse(reason: String) = say(Import.NotKept("", reason))

    private fun taken(context: Context, source: ImportSource): Import {
        val folder = Places.bundleFolder(context)
        folder.mkdirs()
        val room = folder.usableSpace - SPARE_BYTES
        val size = source.sizeBytes
        if (size != null && size > room) return Import.NotKept(source.name, noRoom(context))
        return try {
            val kept = source.open().use { stream ->
                val counted = CountedStream(stream, room, SAID_EVERY_BYTES) { count, isAll ->
                    say(if (isAll) Import.Checking(source.name) else Import.Copying(source.name, count, size))
                }
                Places.bundles(context).add(counted)
            }
            Import.Kept(kept.name.removeSuffix(".zip"))
        } catch (error: Refused) {
            Import.NotKept(source.name, Reasons.of(context, error))
        } catch (error: IOException) {
            Import.NotKept(source.name, Reasons.of(context, error))
        } catch (error: SecurityException) {
            Import.NotKept(source.name, Reasons.of(context, error))
        } catch (error: IllegalArgumentException) { // of a provider that does not know the document
            Import.NotKept(source.name, Reasons.of(context, error))
        }
    }

    private fun noRoom(context: Context) = context.getString(R.string.why_no_room)

    private fun say(import: Import) {
        now = import
        main.post { listener?.invoke() }
    }

    /** Bundles that a computer left in a folder and that are not kept yet: `HASH.zip`. */
    fun pushed(folder: File, kept: List<String>): List<File> = folder.listFiles().orEmpty()
        .filter { it.name.endsWith(".zip") && it.name.removeSuffix(".zip") !in kept && it.canRead() && it.isFile }
        .sortedBy { it.name }
}
