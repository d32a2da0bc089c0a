/// What a column's values are and how the file writes them: enough to read each field.
package struct ColumnFormat: Equatable, Sendable {
  package let type: ColumnType
  package let style: NumberText.Style
  package let order: DateText.Order
  package let hasTime: Bool
  package let hasFraction: Bool

  package init(
    type: ColumnType, style: NumberText.Style = .plain, order: DateText.Order = .monthFirst,
    hasTime: Bool = false,
    hasFraction: Bool = false
  ) {
    self.type = type
    self.style = style
    self.order = order
    self.hasTime = hasTime
    self.hasFraction = hasFraction
  }

  /// Reads one field. What does not fit the type (dirt among dates) stays text.
  package func value(of field: Span<UInt8>) -> FieldValue {
    guard !MissingText.matches(field) else { return .missing }
    return switch type {
    case .integer: NumberText.integer(field).map { .integer($0) } ?? .text
    case .real: NumberText.real(field, style).map { .real($0) } ?? .text
    case .boolean: BooleanText.value(of: field).map { .boolean($0) } ?? .text
    case .datetime: DateText(field)?.milliseconds(order).map { .moment($0) } ?? .text
    case .text: .text
    }
  }
}
