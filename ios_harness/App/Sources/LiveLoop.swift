import Foundation
import HarnessCore
import HarnessCoreML

/// From a camera's frame to a picture with its mask.
struct LiveLoop: Sendable {
  let file: Segmenter
  let table: [UInt8]

  func frame(_ taken: Picture, degrees: Int, facing: Facing) async -> Result<LiveFrame, any Error> {
    do {
      let began = Ticks.now()
      let upright = try Turns.fromCamera(taken, rotationDegrees: degrees, facing: facing)
      let input = try Resize.resize(upright, heightPx: file.heightPx, widthPx: file.widthPx)
      let found = try await file.look(input, heightPx: file.heightPx, widthPx: file.widthPx)
      let picture = Pictures.image(upright)
      let mask = Pictures.image(found.map, table: table)
      return .success(LiveFrame(picture: picture, mask: mask, ms: found.ms, allMs: Ticks.ms(began, Ticks.now())))
    } catch {
      return .failure(error)
    }
  }
}
