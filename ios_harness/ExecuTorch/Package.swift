// swift-tools-version:5.9
// The harness's second runtime, a package of its own: what it depends on is for Apple's systems alone, and is fetched.
//
// Written from ExecuTorch's documentation (docs.pytorch.org/executorch/stable/using-executorch-ios.html) and never built:
// names of products, the branch and the linker's flag are those of that page.

import PackageDescription

let package = Package(
  name: "HarnessExecuTorch",
  platforms: [.iOS(.v17), .macOS(.v14)],
  products: [.library(name: "HarnessExecuTorch", targets: ["HarnessExecuTorch"])],
  dependencies: [
    .package(name: "PocketSegHarness", path: ".."),
    .package(url: "https://github.com/pytorch/executorch.git", branch: "swiftpm-1.0.0"),
  ],
  targets: [
    .target(
      name: "HarnessExecuTorch",
      dependencies: [
        .product(name: "HarnessCore", package: "PocketSegHarness"),
        .product(name: "executorch", package: "executorch"),
        .product(name: "backend_xnnpack", package: "executorch"),
        .product(name: "kernels_optimized", package: "executorch"),
        .product(name: "kernels_quantized", package: "executorch"),
      ],
      // Backends and kernels register themselves as the app starts, in code that nothing calls: without the flag the
      // linker leaves it out, and files fail with "backend not registered" or "operator missing".
      linkerSettings: [.unsafeFlags(["-Wl,-all_load"])]
    )
  ]
)
