// A stand-in for Apple's module UniformTypeIdentifiers.

@_exported import Foundation
@_exported import FoundationOnApple

// objc: @class UTType
public struct UTType: Hashable, Sendable {
  // objc: +[UTType typeWithIdentifier:]
  public init?(_ identifier: String) { stub() }
  // objc: +[UTType exportedTypeWithIdentifier:] renamed
  public init(exportedAs identifier: String) { stub() }
  // objc: +[UTType importedTypeWithIdentifier:] renamed
  public init(importedAs identifier: String) { stub() }
  // c: var UTTypeZIP
  public static var zip: UTType { stub() }
  // c: var UTTypeImage
  public static var image: UTType { stub() }
  // c: var UTTypeJSON
  public static var json: UTType { stub() }
}
