import CSQLite

/// The values that a function of SQL was called with. Valid during the call only.
package struct FunctionArguments {
  private let values: UnsafeMutablePointer<OpaquePointer?>?
  package let count: Int

  init(_ values: UnsafeMutablePointer<OpaquePointer?>?, count: Int32) {
    self.values = values
    self.count = Int(count)
  }

  /// A number; nil for NULL, and for a text that is none.
  package func number(_ index: Int) -> Double? {
    guard index < count, let value = values?[index] else { return nil }
    switch sqlite3_value_numeric_type(value) {
    case SQLITE_INTEGER, SQLITE_FLOAT: return sqlite3_value_double(value)
    default: return nil
    }
  }

  /// The value as text, of a number too; nil for NULL.
  package func text(_ index: Int) -> String? {
    guard index < count, let value = values?[index], sqlite3_value_type(value) != SQLITE_NULL,
      let bytes = sqlite3_value_text(value)
    else { return nil }
    return String(
      decoding: UnsafeBufferPointer(start: bytes, count: Int(sqlite3_value_bytes(value))), as: UTF8.self)
  }
}

/// Holds what a function does while SQLite has it.
private final class TextFunction {
  let text: (FunctionArguments) -> String?
  init(_ text: @escaping (FunctionArguments) -> String?) { self.text = text }
}

extension DatabaseConnection {
  /// Teaches the connection a function that makes a text of its arguments, or takes the place of one of the engine's own.
  ///
  /// - Parameter text: nil becomes NULL.
  package func define(
    _ name: String, argumentCount: Int, text: @escaping (FunctionArguments) -> String?
  ) throws(DatabaseError) {
    let code = sqlite3_create_function_v2(
      handle, name, Int32(argumentCount), SQLITE_UTF8 | SQLITE_DETERMINISTIC,
      Unmanaged.passRetained(TextFunction(text)).toOpaque(),
      { context, count, values in
        let function = Unmanaged<TextFunction>.fromOpaque(sqlite3_user_data(context)).takeUnretainedValue()
        guard var text = function.text(FunctionArguments(values, count: count)) else {
          return sqlite3_result_null(context)
        }
        text.withUTF8 { csqlite_result_text(context, $0.baseAddress, Int32(clamping: $0.count)) }
      }, nil, nil,
      { function in if let function { Unmanaged<TextFunction>.fromOpaque(function).release() } })
    guard code == SQLITE_OK else { throw DatabaseError(handle, doing: "define \(name)") }
  }
}
