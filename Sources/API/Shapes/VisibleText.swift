extension String {
  /// Whether anybody could see it: not all of it is blanks, controls and characters without a shape.
  var isVisible: Bool {
    unicodeScalars.contains { scalar in
      switch scalar.properties.generalCategory {
      case .spaceSeparator, .lineSeparator, .paragraphSeparator, .control, .format, .unassigned: false
      default: true
      }
    }
  }
}
