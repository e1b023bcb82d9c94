#if canImport(CoreML) && canImport(Darwin)
  import Darwin
  import Foundation
  import HarnessCore

  /// What the kernel says of this process and of the device.
  enum Kernel {
    /// Memory as the system counts it against the app: now, and the most there ever was, in bytes.
    static func footprint() -> (now: Known<Int>, peak: Known<Int>) {
      var info = task_vm_info_data_t()
      let words = MemoryLayout<task_vm_info_data_t>.size / MemoryLayout<integer_t>.size
      var count = mach_msg_type_number_t(words)
      let code = withUnsafeMutablePointer(to: &info) { pointer in
        pointer.withMemoryRebound(to: integer_t.self, capacity: words) {
          task_info(mach_task_self_, task_flavor_t(TASK_VM_INFO), $0, &count)
        }
      }
      guard code == KERN_SUCCESS else {
        let why = "the kernel does not say it: error \(code)"
        return (.unknown(why), .unknown(why))
      }
      let written = Int(count) * MemoryLayout<integer_t>.size
      let end = MemoryLayout<task_vm_info_data_t>.offset(of: \.ledger_phys_footprint_peak).map { $0 + 8 } ?? Int.max
      guard end <= written, let peak = Int(exactly: info.ledger_phys_footprint_peak) else {
        return (now(info.phys_footprint), .unknown("this kernel does not say the peak"))
      }
      return (now(info.phys_footprint), .of(peak))
    }

    private static func now(_ bytes: UInt64) -> Known<Int> {
      Int(exactly: bytes).map { .of($0) } ?? .unknown("the kernel says \(bytes) bytes")
    }

    /// Processor time of the whole process, in ms.
    static func cpuMs() -> Known<Double> {
      var time = timespec()
      guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return .unknown("the kernel does not say it") }
      return .of(Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6)
    }

    /// Say whether a debugger traces this process.
    static func isTraced() -> Bool {
      var info = kinfo_proc()
      var size = MemoryLayout<kinfo_proc>.size
      var name = [CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid()]
      guard sysctl(&name, UInt32(name.count), &info, &size, nil, 0) == 0 else { return false }
      return info.kp_proc.p_flag & P_TRACED != 0
    }

    /// The kind of device, such as `iPhone16,1`; of a simulator that of the device that it plays.
    static func machine() -> String? {
      if let played = ProcessInfo.processInfo.environment["SIMULATOR_MODEL_IDENTIFIER"] { return played }
      var names = utsname()
      guard uname(&names) == 0 else { return nil }
      let bytes = withUnsafeBytes(of: &names.machine) { [UInt8]($0.prefix { $0 != 0 }) }
      let name = String(decoding: bytes, as: UTF8.self)
      return name.isEmpty ? nil : name
    }

    /// A number by its documented name, such as `hw.cpufamily`; nil where this kernel has none.
    static func number(_ name: String) -> UInt64? {
      var value: UInt64 = 0
      var size = MemoryLayout<UInt64>.size
      guard sysctlbyname(name, &value, &size, nil, 0) == 0, size == 4 || size == 8 else { return nil }
      return size == 4 ? value & 0xFFFF_FFFF : value
    }
  }
#endif
