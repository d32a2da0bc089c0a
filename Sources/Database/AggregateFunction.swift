import CSQLite

/// One group's share in a function that sums up rows.
package protocol Aggregate: AnyObject {
  /// Takes a row; false when it would be more than may be kept, which fails the statement as `value_too_large`.
  func add(_ arguments: FunctionArguments) -> Bool
  /// What the rows come to.
  func result() -> Double?
}

/// Makes the aggregates of one function.
private final class AggregateMaker {
  let make: () -> any Aggregate
  init(_ make: @escaping () -> any Aggregate) { self.make = make }

  /// The aggregate of the group that SQLite is at, in the memory that SQLite keeps for the group.
  static func current(_ context: OpaquePointer?) -> (any Aggregate)? {
    guard let slot = slot(context, makes: true) else { return nil }
    if let kept = slot.pointee { return Unmanaged<Box>.fromOpaque(kept).takeUnretainedValue().aggregate }
    let aggregate = maker(context).make()
    slot.pointee = UnsafeRawPointer(Unmanaged.passRetained(Box(aggregate)).toOpaque())
    return aggregate
  }

  /// Takes the group's aggregate out of SQLite's memory; an empty one when there was no row.
  static func take(_ context: OpaquePointer?) -> any Aggregate {
    guard let slot = slot(context, makes: false), let kept = slot.pointee else {
      return maker(context).make()
    }
    slot.pointee = nil
    return Unmanaged<Box>.fromOpaque(kept).takeRetainedValue().aggregate
  }

  private final class Box {
    let aggregate: any Aggregate
    init(_ aggregate: any Aggregate) { self.aggregate = aggregate }
  }

  private static func maker(_ context: OpaquePointer?) -> AggregateMaker {
    Unmanaged<AggregateMaker>.fromOpaque(sqlite3_user_data(context)).takeUnretainedValue()
  }

  private static func slot(
    _ context: OpaquePointer?, makes: Bool
  ) -> UnsafeMutablePointer<UnsafeRawPointer?>? {
    sqlite3_aggregate_context(context, makes ? Int32(MemoryLayout<UnsafeRawPointer>.size) : 0)?
      .assumingMemoryBound(to: UnsafeRawPointer?.self)
  }
}

extension DatabaseConnection {
  /// Teaches the connection a function that sums up rows, `median(x)` for example.
  ///
  /// - Parameter make: makes the share of one group, before its first row.
  package func define(
    _ name: String, argumentCount: Int, make: @escaping () -> any Aggregate
  ) throws(DatabaseError) {
    let code = sqlite3_create_function_v2(
      handle, name, Int32(argumentCount), SQLITE_UTF8 | SQLITE_DETERMINISTIC,
      Unmanaged.passRetained(AggregateMaker(make)).toOpaque(), nil,
      { context, count, values in
        guard let aggregate = AggregateMaker.current(context) else {
          return sqlite3_result_error_nomem(context)
        }
        if !aggregate.add(FunctionArguments(values, count: count)) { sqlite3_result_error_toobig(context) }
      },
      { context in
        guard let value = AggregateMaker.take(context).result() else { return sqlite3_result_null(context) }
        sqlite3_result_double(context, value)
      },
      { maker in if let maker { Unmanaged<AggregateMaker>.fromOpaque(maker).release() } })
    guard code == SQLITE_OK else { throw DatabaseError(handle, doing: "define \(name)") }
  }
}
