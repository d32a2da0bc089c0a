/// Keeps a large value on the heap, shared by its copies until one is changed.
///
/// For members of values that travel through asynchronous functions: what such a function holds while it waits is copied into its frame,
/// often several times, and a frame is never given back before its task ends. A run's frames took 45 KB before, and a third
/// of that since.
@propertyWrapper
package struct Boxed<Value: Sendable>: Sendable {
  /// `@unchecked Sendable`: its value is changed only while one wrapper alone holds it.
  private final class Box: @unchecked Sendable {
    var value: Value

    init(_ value: Value) { self.value = value }
  }

  private var box: Box

  package init(wrappedValue: Value) { box = Box(wrappedValue) }

  /// The value; changed in its place unless a copy shares it.
  package var wrappedValue: Value {
    get { box.value }
    _modify {
      if !isKnownUniquelyReferenced(&box) { box = Box(box.value) }
      yield &box.value
    }
  }
}

extension Boxed: Equatable where Value: Equatable {
  package static func == (left: Self, right: Self) -> Bool {
    left.box === right.box || left.wrappedValue == right.wrappedValue
  }
}
