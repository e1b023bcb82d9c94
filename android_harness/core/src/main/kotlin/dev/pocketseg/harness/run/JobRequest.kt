package dev.pocketseg.harness.run

import java.io.File

/**
 * What is to be run, and who asks.
 *
 * [bundle]: its zip. [sha256]: the hash that the app was started with, and [job] the id. [only]: the places of the runs
 * that are wanted; null: all. [launch]: the record's `/program/launch`: `app`, or `test` for whatever is no app on a
 * device. [program], [version], [commit]: of the app; null where it does not know the commit.
 */
class JobRequest(
    val bundle: File,
    val sha256: String,
    val job: String,
    val only: Set<Int>?,
    val launch: String,
    val version: String,
    val commit: String?,
    val program: String = "dev.pocketseg.harness",
)
