package dev.pocketseg.harness.device

import android.content.Context

/** A part of the system that every Android has. */
internal inline fun <reified T : Any> Context.service(): T =
    checkNotNull(getSystemService(T::class.java)) { "the system has no ${T::class.java.simpleName}" }
