"""ML Programs (.mlpackage) evaluated with torch on any host, from the bytes of the package up.

package.py opens the folder and trusts nothing in it, blob.py decodes weight files, values.py the program's constants
and types, constants.py compressed weights; operations/ holds one small function per operation, and program.py runs
them. It follows coremltools' documentation of each operation; fp16 is emulated by rounding each fp16-typed result. It
tells what a package computes, not how fast a device does so, and a device's own rounding may differ in the last bits.
"""
