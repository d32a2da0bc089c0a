import CLinux

/// What a process that serves many sockets does once, before its first thread.
package enum ProcessSetup {
  /// Raises the limit of open descriptors to the hard limit; returns the limit that holds.
  @discardableResult
  package static func raiseDescriptorLimit() -> Int { Int(clamping: clinux_raise_descriptor_limit()) }

  /// Lets the allocator keep some megabytes of what was freed. By default it gives pages back as soon as 128 KB are free, and a thread that
  /// answers with pages of 27 KB faults them in again for each answer: 12 of 100 µs.
  package static func keepFreedMemory() { clinux_keep_freed_memory() }

  /// Makes a write to a closed socket, or beyond a limit on file sizes, an error instead of the end of the process.
  package static func surviveFailedWrites() { clinux_ignore_write_signals() }
}
