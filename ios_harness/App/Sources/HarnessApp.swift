import SwiftUI

/// PocketSeg's harness: opens a bundle, runs its files on this device, and writes records.
@main
struct HarnessApp: App {
  @StateObject private var model = AppModel()

  var body: some Scene {
    WindowGroup {
      RootScreen()
        .environmentObject(model)
        .environmentObject(model.runner)
    }
  }
}
