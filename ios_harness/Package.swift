// swift-tools-version:5.9
// The iOS harness as a Swift package: the contract and the measuring, the Core ML backend, and a replay for Linux and macOS.

import PackageDescription

let package = Package(
  name: "PocketSegHarness",
  platforms: [.iOS(.v17), .macOS(.v14)],
  products: [
    .library(name: "HarnessCore", targets: ["HarnessCore"]),
    .library(name: "HarnessCoreML", targets: ["HarnessCoreML"]),
    .executable(name: "replay", targets: ["replay"]),
  ],
  targets: [
    .target(name: "HarnessCore"),
    .target(name: "HarnessCoreML", dependencies: ["HarnessCore"]),
    .target(name: "HarnessCases", dependencies: ["HarnessCore"]),
    .target(name: "HarnessReplay", dependencies: ["HarnessCore", "HarnessCases"]),
    .executableTarget(name: "replay", dependencies: ["HarnessCore", "HarnessCases", "HarnessReplay"]),
    .testTarget(name: "HarnessCoreTests", dependencies: ["HarnessCore", "HarnessCases", "HarnessReplay"]),
  ]
)
