"""The phone's runtimes on this computer: Android's x86-64 libraries, byte for byte, in a JVM on Linux.

`python -m scripts.android.natives` prints a folder in the cache that holds the libraries of the versions that the app
carries, as their publishers built them for x86-64 Android, and beside them a stand-in for Android's C library, built
here. A JVM started with that folder in LD_LIBRARY_PATH loads them by System.loadLibrary, as a phone does. They ask for
their functions as NAME@LIBC, a version that only the stand-in has, so that none of it reaches the JVM itself.

What it shows: that a file opens in that version of the runtime through its Java interface, runs, and what comes out.
What it does not: ARM's code paths, the NDK's mathematics (sin, exp and their like are glibc's here; long double has the
precision of double), speed, memory, NNAPI and GPU (their libraries are not there), assets of a package, another
system than Android 15 (ro.build.version.sdk reads 35, every other property is empty).
A library belongs to one class loader of a JVM: with Robolectric, test one level of Android in each JVM.
"""
