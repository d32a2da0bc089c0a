/// A part of the host without which Python code cannot be run.
package enum MissingPart: Equatable, Sendable {
  case bubblewrap
  /// The interpreter at this path is not there, or does not run.
  case python(path: String)
  case module(PythonModule)

  /// What people call it.
  package var name: String {
    switch self {
    case .bubblewrap: "bubblewrap"
    case .python(let path): "Python (\(path))"
    case .module(let module): module.rawValue
    }
  }

  /// The Debian package that brings it; nil where that would not help.
  package var package: String? {
    switch self {
    case .bubblewrap: "bubblewrap"
    case .python(let path): path == HostPython.usualPath ? "python3" : nil
    case .module(let module): "python3-\(module.rawValue)"
    }
  }
}

/// A library that the code is given.
package enum PythonModule: String, Sendable, CaseIterable {
  case numpy, pandas, scipy
}
