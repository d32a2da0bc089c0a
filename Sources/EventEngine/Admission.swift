import Synchronization

/// The count of the connections of one acceptor, or of several together, wherever they live, and the words for those that are not served.
package final class Admission: Sendable {
  let limits: AdmissionLimits
  /// What a refused peer is told.
  let words: @Sendable (Loop, AdmissionRefusal) -> [UInt8]
  private let machine: Mutex<AdmissionMachine>

  /// - Parameters:
  ///   - limits: how many connections are taken.
  ///   - words: what a peer is told that is not served; empty for nothing.
  package init(_ limits: AdmissionLimits, words: @escaping @Sendable (Loop, AdmissionRefusal) -> [UInt8]) {
    self.limits = limits
    self.words = words
    machine = Mutex(AdmissionMachine(limits))
  }

  var hasRoomForHandshake: Bool { machine.withLock { $0.hasRoomForHandshake } }

  func arrived(_ peer: PeerNetwork, isSecure: Bool) -> AdmissionRefusal? {
    machine.withLock { $0.arrived(peer, isSecure: isSecure) }
  }

  func shookHands(_ peer: PeerNetwork) { machine.withLock { $0.shookHands(peer) } }

  func left(_ peer: PeerNetwork, duringHandshake: Bool) {
    machine.withLock { $0.left(peer, duringHandshake: duringHandshake) }
  }
}
