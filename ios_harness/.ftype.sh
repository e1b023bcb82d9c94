set -e
mkdir -p .build/stand-ins
F="-swift-version 5 -parse-as-library -I .build/stand-ins"
if [ "$1" = all ]; then
swiftc -emit-module -emit-module-path .build/stand-ins/HarnessCore.swiftmodule -swift-version 5 -parse-as-library -package-name pocketsegharness -Xfrontend -experimental-skip-non-inlinable-function-bodies -enable-testing -module-name HarnessCore $(find Sources/HarnessCore -name '*.swift')
fi
if [ "$1" = all ] || [ "$1" = stubs ]; then
for m in FoundationOnApple CoreGraphics CoreVideo QuartzCore CoreMedia ImageIO Darwin UniformTypeIdentifiers UIKit CoreML AVFoundation SwiftUI PhotosUI; do
 swiftc -emit-module -emit-module-path .build/stand-ins/$m.swiftmodule $F -module-name $m Stubs/$m/*.swift
done
swiftc -emit-module -emit-module-path .build/stand-ins/HarnessCoreML.swiftmodule $F -package-name pocketsegharness -enable-testing -module-name HarnessCoreML Sources/HarnessCoreML/*.swift
fi
swiftc -emit-module -emit-module-path .build/stand-ins/PocketSegHarness.swiftmodule $F -enable-testing -module-name PocketSegHarness App/Sources/*.swift
swiftc -typecheck -wmo $F -module-name PerformanceTests App/PerformanceTests/*.swift
