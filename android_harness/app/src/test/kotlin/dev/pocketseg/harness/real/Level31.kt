package dev.pocketseg.harness.real

import org.junit.runner.RunWith
import org.junit.runners.Suite

/** In a JVM of its own, since a library belongs to one class loader, and each of Robolectric's levels has its own. */
@RunWith(Suite::class)
@Suite.SuiteClasses(AllRunsTest::class, ExamplesTest::class)
class Level31
