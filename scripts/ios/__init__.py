"""The iOS harness: a Swift toolchain for Linux, its tests, stand-ins for Apple's modules, and the Xcode project."""
