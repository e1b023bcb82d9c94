"""The phone's runtimes on this computer: Android's x86-64 libraries, byte for byte, in a JVM on Linux.

`python -m scripts.android.natives` prints a folder in the cache that holds the libraries of the versions in the app, as
their publishers built them for x86-64 Android, beside a stand-in for Android's C library that is built here. A JVM
started with that folder in LD_LIBRARY_PATH loads them by System.loadLibrary, as a phone does. They ask for their
functions as NAME@LIBC, a version that only the stand-in has, so none of it reaches the JVM itself.

It shows that a file opens in that version of the runtime through its Java interface, runs, and what its output is. It
does not show ARM's code paths, the NDK's mathematics (sin, exp and the like are glibc's here; long double has the
precision of double), speed, memory, NNAPI and GPU (their libraries are missing), assets of a package, or another system
than Android 15 (ro.build.version.sdk reads 35, every other property is empty).

A library belongs to one class loader of a JVM: with Robolectric, test one level of Android in each JVM.
"""
