import CLinux

/// What a process that serves many sockets does once, before its first thread.
package enum ProcessSetup {
  /// Raises the limit of open descriptors to the hard limit; returns the limit that holds.
  @discardableResult
  package static func raiseDescriptorLimit() -> Int { Int(clamping: clinux_raise_descriptor_limit()) }

  /// Makes a write to a closed socket an error instead of the end of the process.
  package static func ignoreBrokenPipes() { clinux_ignore_sigpipe() }
}
