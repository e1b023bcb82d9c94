import Testing

@testable import HarnessCore

@Test func aTextOfTwoSignsIsNotTheOneOfOne() {
  #expect(!Texts.areSame("\u{FC}", "u\u{308}"))
}
