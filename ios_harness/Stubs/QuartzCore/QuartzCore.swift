// A stand-in for Apple's module QuartzCore.

@_exported import CoreGraphics
@_exported import Foundation

// objc: @class CALayer
open class CALayer: NSObject {}
