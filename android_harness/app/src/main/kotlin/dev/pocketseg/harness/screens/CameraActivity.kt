package dev.pocketseg.harness.screens

import android.app.Activity

/** A screen. */
class CameraActivity : Activity()
