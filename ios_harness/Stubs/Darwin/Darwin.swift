// A stand-in for Apple's module Darwin: what Linux's C library lacks. Macros have no declaration, so they name a page.
// C has names of its own.
// swift-format-ignore-file

@_exported import Glibc

// doc: https://developer.apple.com/documentation/kernel/integer_t
public typealias integer_t = Int32
// doc: https://developer.apple.com/documentation/kernel/natural_t
public typealias natural_t = UInt32
// doc: https://developer.apple.com/documentation/kernel/mach_msg_type_number_t
public typealias mach_msg_type_number_t = natural_t
// doc: https://developer.apple.com/documentation/kernel/mach_port_t
public typealias mach_port_t = UInt32
// doc: https://developer.apple.com/documentation/kernel/task_flavor_t
public typealias task_flavor_t = natural_t
// doc: https://developer.apple.com/documentation/kernel/kern_return_t
public typealias kern_return_t = Int32
// doc: https://developer.apple.com/documentation/kernel/kern_success
public var KERN_SUCCESS: kern_return_t { 0 }
// doc: https://developer.apple.com/documentation/kernel/task_vm_info
public var TASK_VM_INFO: Int32 { 22 }

// c: struct task_vm_info
public struct task_vm_info {
  // c: field task_vm_info.phys_footprint
  public var phys_footprint: UInt64 = 0
  // c: field task_vm_info.ledger_phys_footprint_peak
  public var ledger_phys_footprint_peak: Int64 = 0
  // doc: https://developer.apple.com/documentation/kernel/task_vm_info_data_t
  public init() {}
}
// doc: https://developer.apple.com/documentation/kernel/task_vm_info_data_t
public typealias task_vm_info_data_t = task_vm_info

// c: var mach_task_self_
public var mach_task_self_: mach_port_t { 0 }
// c: fn task_info
public func task_info(
  _ target_task: mach_port_t,
  _ flavor: task_flavor_t,
  _ task_info_out: UnsafeMutablePointer<integer_t>!,
  _ task_info_outCnt: UnsafeMutablePointer<mach_msg_type_number_t>!
) -> kern_return_t { 0 }

// c: macro clockid_t._CLOCK_UPTIME_RAW
public var CLOCK_UPTIME_RAW: clockid_t { 8 }
// c: fn clock_gettime_nsec_np
public func clock_gettime_nsec_np(_ clock_id: clockid_t) -> UInt64 { 0 }
// doc: https://developer.apple.com/library/archive/documentation/System/Conceptual/ManPages_iPhoneOS/man2/getrusage.2.html
public var RUSAGE_SELF: Int32 { 0 }
// doc: https://developer.apple.com/library/archive/documentation/System/Conceptual/ManPages_iPhoneOS/man3/sysctl.3.html
public var KERN_BOOTTIME: Int32 { 21 }
// doc: https://developer.apple.com/library/archive/qa/qa1361/_index.html
public var CTL_KERN: Int32 { 1 }
// doc: https://developer.apple.com/library/archive/qa/qa1361/_index.html
public var KERN_PROC: Int32 { 14 }
// doc: https://developer.apple.com/library/archive/qa/qa1361/_index.html
public var KERN_PROC_PID: Int32 { 1 }
// doc: https://developer.apple.com/library/archive/qa/qa1361/_index.html
public var P_TRACED: Int32 { 0x800 }
// doc: https://developer.apple.com/library/archive/qa/qa1361/_index.html
public struct kinfo_proc {
  // doc: https://developer.apple.com/library/archive/qa/qa1361/_index.html
  public var kp_proc = extern_proc()
  // doc: https://developer.apple.com/library/archive/qa/qa1361/_index.html
  public init() {}
}
// doc: https://developer.apple.com/library/archive/qa/qa1361/_index.html
public struct extern_proc {
  // doc: https://developer.apple.com/library/archive/qa/qa1361/_index.html
  public var p_flag: Int32 = 0
  // doc: https://developer.apple.com/library/archive/qa/qa1361/_index.html
  public init() {}
}

// c: fn sysctl
public func sysctl(
  _ name: UnsafeMutablePointer<Int32>!,
  _ namelen: UInt32,
  _ oldp: UnsafeMutableRawPointer!,
  _ oldlenp: UnsafeMutablePointer<Int>!,
  _ newp: UnsafeMutableRawPointer!,
  _ newlen: Int
) -> Int32 { 0 }
// c: fn sysctlbyname
public func sysctlbyname(
  _ name: UnsafePointer<CChar>!,
  _ oldp: UnsafeMutableRawPointer!,
  _ oldlenp: UnsafeMutablePointer<Int>!,
  _ newp: UnsafeMutableRawPointer!,
  _ newlen: Int
) -> Int32 { 0 }
