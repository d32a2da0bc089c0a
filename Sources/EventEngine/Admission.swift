import Synchronization

/// One acceptor's count of its connections, wherever they live, and its words for those that it does not serve.
final class Admission: Sendable {
  let limits: AdmissionLimits
  /// What a refused peer is told.
  let words: @Sendable (Loop, AdmissionRefusal) -> [UInt8]
  private let machine: Mutex<AdmissionMachine>

  init(_ limits: AdmissionLimits, words: @escaping @Sendable (Loop, AdmissionRefusal) -> [UInt8]) {
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
