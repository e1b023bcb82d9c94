package dev.pocketseg.harness

/** Marks what uses members newer than the oldest Android that the app is for, behind a check of the level. */
@Retention(AnnotationRetention.BINARY)
@Target(AnnotationTarget.FUNCTION, AnnotationTarget.CLASS, AnnotationTarget.PROPERTY_GETTER)
annotation class NewerApi
