/// How many connections an acceptor takes, so that no peer takes them all.
package struct AdmissionLimits: Sendable, Equatable {
  /// Open connections at a time.
  package var connections = Int.max
  /// Open connections at a time from one peer: an IPv4 address, or the 64 leading bits of an IPv6 address, which one
  /// host has all to itself. This machine's own programs are not counted: behind a proxy that runs here they are everybody.
  package var connectionsPerPeer = Int.max
  /// TLS handshakes under way at a time; further callers wait in the kernel's queue. A peer may have a quarter of them.
  package var handshakes = 256
  /// How long a TLS handshake may take.
  package var handshake: Duration = .seconds(5)

  package init() {}
}

/// Why a connection is not served.
package enum AdmissionRefusal: Sendable, Equatable {
  /// There are as many connections as are allowed.
  case full
  /// The peer has as many as one may have.
  case peerFull
  /// The peer speaks plain text where TLS is served.
  case notTLS
}

/// Counts connections and handshakes, and says whether one more may be.
struct AdmissionMachine {
  private struct Share {
    var connections = 0
    var handshakes = 0
  }

  let limits: AdmissionLimits
  private(set) var connections = 0
  private(set) var handshakes = 0
  private var shares: [PeerNetwork: Share] = [:]

  init(_ limits: AdmissionLimits) { self.limits = limits }

  /// Whether a caller of TLS may be looked at.
  var hasRoomForHandshake: Bool { handshakes < limits.handshakes }

  /// A peer has come. Nil when it is taken, and then counted until it has left.
  mutating func arrived(_ peer: PeerNetwork, isSecure: Bool) -> AdmissionRefusal? {
    guard connections < limits.connections else { return .full }
    if !peer.isLocal {
      let share = shares[peer] ?? Share()
      guard share.connections < limits.connectionsPerPeer else { return .peerFull }
      guard !isSecure || share.handshakes < max(1, limits.handshakes / 4) else { return .peerFull }
    }
    change(peer, connections: 1, handshakes: isSecure ? 1 : 0)
    return nil
  }

  /// A handshake is over; the connection goes on.
  mutating func shookHands(_ peer: PeerNetwork) { change(peer, connections: 0, handshakes: -1) }

  /// A connection is over.
  mutating func left(_ peer: PeerNetwork, duringHandshake: Bool) {
    change(peer, connections: -1, handshakes: duringHandshake ? -1 : 0)
  }

  private mutating func change(_ peer: PeerNetwork, connections: Int, handshakes: Int) {
    self.connections += connections
    self.handshakes += handshakes
    guard !peer.isLocal else { return }
    shares[peer, default: Share()].connections += connections
    shares[peer, default: Share()].handshakes += handshakes
    if shares[peer]?.connections == 0 { shares[peer] = nil }
  }

  /// How many peers are counted.
  var peerCount: Int { shares.count }
}
