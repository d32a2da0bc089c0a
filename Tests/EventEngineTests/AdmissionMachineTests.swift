import Testing

@testable import EventEngine

struct AdmissionMachineTests {
  private static let local = PeerNetwork(IPv4: UInt32(0x7F00_0001).bigEndian)
  private static let near = PeerNetwork(IPv4: UInt32(0x0A00_0001).bigEndian)
  private static let far = PeerNetwork(prefix: 0x2001_0DB8, isLocal: false)

  private func machine(_ change: (inout AdmissionLimits) -> Void) -> AdmissionMachine {
    var limits = AdmissionLimits()
    change(&limits)
    return AdmissionMachine(limits)
  }

  @Test func `the whole is bounded, and a place that is left is given again`() {
    var machine = machine { $0.connections = 2 }
    #expect(machine.arrived(Self.near, isSecure: false) == nil)
    #expect(machine.arrived(Self.local, isSecure: false) == nil)
    for peer in [Self.near, Self.local, Self.far] {
      #expect(machine.arrived(peer, isSecure: false) == .full)
    }
    machine.left(Self.near, duringHandshake: false)
    #expect(machine.arrived(Self.far, isSecure: false) == nil)
    #expect(machine.connections == 2)
  }

  @Test func `a peer has its share, and this machine is not counted`() {
    var machine = machine { $0.connectionsPerPeer = 2 }
    for _ in 0..<2 { #expect(machine.arrived(Self.near, isSecure: false) == nil) }
    #expect(machine.arrived(Self.near, isSecure: false) == .peerFull)
    #expect(machine.arrived(Self.far, isSecure: false) == nil)
    for _ in 0..<100 { #expect(machine.arrived(Self.local, isSecure: false) == nil) }
    #expect(machine.peerCount == 2)
    for _ in 0..<2 { machine.left(Self.near, duringHandshake: false) }
    machine.left(Self.far, duringHandshake: false)
    #expect(machine.peerCount == 0)
  }

  @Test func `a peer holds a quarter of the handshakes, all peers the whole`() {
    var machine = machine { $0.handshakes = 8 }
    for _ in 0..<2 { #expect(machine.arrived(Self.near, isSecure: true) == nil) }
    #expect(machine.arrived(Self.near, isSecure: true) == .peerFull)
    machine.shookHands(Self.near)
    #expect(machine.arrived(Self.near, isSecure: true) == nil)
    for _ in 0..<6 {
      #expect(machine.hasRoomForHandshake)
      #expect(machine.arrived(Self.local, isSecure: true) == nil)
    }
    #expect(!machine.hasRoomForHandshake)
    machine.left(Self.local, duringHandshake: true)
    #expect(machine.hasRoomForHandshake)
    #expect(machine.handshakes == 7)
  }

  @Test func `a random crowd that has left is forgotten`() {
    var machine = machine {
      $0.connections = 50
      $0.connectionsPerPeer = 5
      $0.handshakes = 40
    }
    var generator = SystemRandomNumberGenerator()
    var open: [(PeerNetwork, isShaking: Bool)] = []
    for _ in 0..<2000 {
      let peer = PeerNetwork(IPv4: UInt32.random(in: 1...20, using: &generator))
      if Bool.random(using: &generator), machine.arrived(peer, isSecure: true) == nil {
        open.append((peer, true))
      } else if let index = open.indices.randomElement(using: &generator) {
        if open[index].isShaking, Bool.random(using: &generator) {
          machine.shookHands(open[index].0)
          open[index].isShaking = false
        } else {
          let (peer, isShaking) = open.remove(at: index)
          machine.left(peer, duringHandshake: isShaking)
        }
      }
      #expect(machine.connections == open.count)
      #expect(machine.connections <= 50)
      #expect(machine.handshakes == open.count { $0.isShaking })
    }
    for (peer, isShaking) in open { machine.left(peer, duringHandshake: isShaking) }
    #expect(machine.peerCount == 0)
    #expect(machine.connections + machine.handshakes == 0)
  }

  @Test func `one line a while stands for all refusals`() {
    var journal = RefusalJournal()
    #expect(journal.refused(at: 5) == 1)
    for moment in 6..<100 { #expect(journal.refused(at: UInt64(moment)) == nil) }
    #expect(journal.refused(at: 10_000_000_005) == 95)
    #expect(journal.refused(at: 10_000_000_006) == nil)
  }
}
