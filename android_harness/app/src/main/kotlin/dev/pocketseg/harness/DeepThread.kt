package dev.pocketseg.harness

/** A thread for runtimes, which recurse: ONNX Runtime went beyond the 1 MB that a thread is given by itself. */
fun deepThread(name: String, work: Runnable) = Thread(null, work, name, 16L shl 20)
