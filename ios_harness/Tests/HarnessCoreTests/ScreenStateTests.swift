import Foundation
import Testing

@testable import HarnessCore

/// The slider over a photo, the gate before a camera's frames, and how masks are drawn.
@Suite struct ScreenStateTests {
  @Test func aSliderStaysBetweenNoneAndAllWhateverComesIn() {
    var slider = MaskSlider(hasLabel: true)
    for (place, share) in [(-1.0, 0.0), (2, 1), (0.25, 0.25), (.nan, 0.25), (.infinity, 0.25)] {
      slider.move(to: place)
      #expect(slider.share == share)
    }
    #expect(MaskSlider(hasLabel: false, share: .nan).share == 0.5)
  }

  @Test func aPhotoWithoutALabelHasNothingToWipeTo() {
    var slider = MaskSlider(hasLabel: false, comparison: .wipe)
    slider.choose(.wipe)
    #expect(slider.comparison == .opacity)
    #expect(slider.comparisons == [.opacity])
    #expect(slider.labelFrom == nil)
  }

  @Test func maskAndLabelMeetWhereTheSliderStands() {
    var slider = MaskSlider(hasLabel: true)
    slider.choose(.wipe)
    slider.move(to: 0.3)
    #expect([slider.maskReach, slider.labelFrom, slider.maskOpacity] == [0.3, 0.3, 1])
    slider.choose(.opacity)
    #expect(slider.maskReach == 1)
    #expect(slider.labelFrom == nil)
    #expect(slider.spoken == "60 %")
  }

  @Test func oneFrameIsAtWorkAtATimeAndOthersAreDropped() {
    let gate = FrameGate()
    #expect(gate.enter())
    #expect(!gate.enter() && !gate.enter())
    gate.done()
    #expect(gate.enter())
    gate.close()
    gate.done()
    #expect(!gate.enter())
    gate.open()
    #expect(gate.enter())
    #expect(gate.counts.shown == 2)
    #expect(gate.counts.dropped == 3)
  }

  @Test func manyThreadsNeverGetTwoFramesIn() async {
    let gate = FrameGate()
    let most = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          var entered = 0
          for _ in 0..<500 where gate.enter() {
            entered += 1
            gate.done()
          }
          return entered
        }
      }
      return await group.reduce(0, +)
    }
    #expect(gate.counts.shown == most)
    #expect(gate.counts.shown + gate.counts.dropped == 4000)
  }

  @Test func backgroundIsNotDrawnAndWhatALabelLeavesOutIsGrey() throws {
    let map = try ClassMap(heightPx: 1, widthPx: 4, pixels: [0, 1, 2, 255])
    let table = MaskPixels.table([[9, 9, 9], [10, 20, 300], [-5, 0, 1]])
    #expect(MaskPixels.rgba(map, table: table) == [0, 0, 0, 0, 10, 20, 255, 255, 0, 0, 1, 255, 76, 76, 76, 153])
  }

  @Test func aClassWithoutAColourIsNotDrawn() throws {
    let map = try ClassMap(heightPx: 1, widthPx: 2, pixels: [7, 254])
    #expect(MaskPixels.rgba(map, table: MaskPixels.table([[1, 1, 1]])) == [UInt8](repeating: 0, count: 8))
    let many = [[Int]](repeating: [1, 2, 3], count: 300)
    #expect(Array(MaskPixels.table(many)[4 * 255..<4 * 256]) == MaskPixels.ignored)
  }

  @Test func aPicturesRedIsTheFirstByte() throws {
    let picture = try Picture(heightPx: 1, widthPx: 2, rgb: [1, 2, 3, 4, 5, 6])
    #expect(MaskPixels.rgba(picture) == [1, 2, 3, 255, 4, 5, 6, 255])
  }
}
