import Foundation

/// Files of the app's own folders that are read whole, within a bound.
public enum SmallFile {
  /// What a file holds; nil where there is none, or it is empty. Throws `StorageRefused` for a larger one.
  public static func read(_ file: URL, mostBytes: Int) throws -> [UInt8]? {
    guard let values = try? file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey]) else { return nil }
    guard values.isRegularFile == true, let size = values.fileSize, size > 0 else { return nil }
    guard size <= mostBytes else {
      throw StorageRefused(.cannotRead, "\(file.lastPathComponent) has \(size) bytes, and \(mostBytes) are the most")
    }
    guard let data = try? Data(contentsOf: file) else {
      throw StorageRefused(.cannotRead, "\(file.lastPathComponent) cannot be read")
    }
    return data.isEmpty ? nil : [UInt8](data)
  }
}
