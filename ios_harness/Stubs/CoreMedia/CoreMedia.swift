// A stand-in for Apple's module CoreMedia.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

@_exported import CoreVideo
@_exported import Foundation

// doc: https://developer.apple.com/documentation/coremedia/cmsamplebuffer
public final class CMSampleBuffer {}

// c: fn CMSampleBufferGetImageBuffer
public func CMSampleBufferGetImageBuffer(_ sbuf: CMSampleBuffer) -> CVImageBuffer? { stub() }
