// A stand-in for what SwiftUI has of Apple's module PhotosUI, and the part of CoreTransferable that it needs.

@_exported import Foundation
@_exported import FoundationOnApple
import SwiftUI

// doc: https://developer.apple.com/documentation/coretransferable/transferable
public protocol Transferable {}

extension Data: Transferable {}

// doc: https://developer.apple.com/documentation/photosui/photospickeritem
public struct PhotosPickerItem: Equatable, Hashable, Sendable {
  // doc: https://developer.apple.com/documentation/photosui/photospickeritem/loadtransferable(type:)
  public func loadTransferable<T: Transferable>(type: T.Type) async throws -> T? { stub() }
}

// doc: https://developer.apple.com/documentation/photosui/phpickerfilter
public struct PHPickerFilter: Sendable {
  // doc: https://developer.apple.com/documentation/photosui/phpickerfilter/images
  public static let images = PHPickerFilter()
}

// doc: https://developer.apple.com/documentation/photosui/photospicker
public struct PhotosPicker: View {
  // doc: https://developer.apple.com/documentation/photosui/photospicker/init(_:selection:matching:preferreditemencoding:)
  public init(
    _ titleKey: LocalizedStringKey, selection: Binding<PhotosPickerItem?>, matching filter: PHPickerFilter? = nil
  ) {}
  // doc: https://developer.apple.com/documentation/swiftui/view/body-8kl5o
  public var body: Never { stub() }
}
