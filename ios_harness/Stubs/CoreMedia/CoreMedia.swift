// A stand-in for Apple's module CoreMedia.
// C has names of its own.
// swift-format-ignore-file

@_exported import CoreVideo
@_exported import Foundation

// doc: https://developer.apple.com/documentation/coremedia/cmsamplebuffer
public final class CMSampleBuffer {}

// c: fn CMSampleBufferGetImageBuffer
public func CMSampleBufferGetImageBuffer(_ sbuf: CMSampleBuffer) -> CVImageBuffer? { stub() }
