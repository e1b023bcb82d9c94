package dev.pocketseg.harness.core

import org.junit.jupiter.api.Test

class FirstTest {
    @Test fun nothing() = Unit
}
