import Testing

@testable import WebServer

@Suite struct RequestIdentifiersTests {
  @Test func `Ids of a sequence differ and need no allocation`() {
    var identifiers = RequestIdentifiers(seed: 7)
    let all = (0..<20_000).map { _ in identifiers.next() }
    #expect(Set(all).count == all.count)
    #expect(all.allSatisfy { $0.utf8.count == 13 })
    var others = RequestIdentifiers(seed: 7 + 1 << 48)
    #expect(Set(all).isDisjoint(with: (0..<20_000).map { _ in others.next() }))
  }
}
