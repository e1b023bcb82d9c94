package dev.pocketseg.harness

import android.app.Activity

/** One file in a process of its own. */
class TurnActivity : Activity()
