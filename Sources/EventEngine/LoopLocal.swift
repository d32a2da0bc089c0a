import Synchronization

/// Key of an object that an upper room keeps once a loop, found by an array slot.
package struct LoopLocal<Value: AnyObject>: Sendable {
  let index: Int

  package init() { index = loopLocalCount.wrappingAdd(1, ordering: .relaxed).oldValue }
}

private let loopLocalCount = Atomic<Int>(0)

extension Loop {
  /// The object that belongs to a key on this loop.
  package subscript<Value: AnyObject>(_ key: LoopLocal<Value>) -> Value? {
    get {
      guard key.index < locals.count, let object = locals[key.index] else { return nil }
      // The index was given out for this key alone, and only the setter below stores under it.
      return unsafeDowncast(object, to: Value.self)
    }
    set {
      while locals.count <= key.index { locals.append(nil) }
      locals[key.index] = newValue
    }
  }
}
