import Glibc
import TestKit
import Testing

@testable import Fetch

@Suite(.timeLimit(.minutes(TimeLimit.minutes(1))))
struct BlockedAddressTests {
  private func bytes(_ text: String, _ family: Int32, _ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    #expect(inet_pton(family, text, &bytes) == 1)
    return bytes
  }

  @Test(
    arguments: [
      ("169.254.169.254", true), ("169.254.0.1", true), ("0.0.0.0", true), ("224.0.0.1", true),
      ("255.255.255.255", true),
      ("100.100.100.200", true), ("127.0.0.1", false), ("10.0.0.1", false), ("192.168.1.1", false),
      ("169.253.1.1", false),
      ("100.100.100.201", false), ("223.255.255.255", false),
    ])
  func `an IPv4 address is judged`(text: String, isBlocked: Bool) {
    #expect(BlockedAddress.contains(v4: bytes(text, AF_INET, 4)) == isBlocked)
  }

  @Test(
    arguments: [
      ("::ffff:169.254.169.254", true), ("64:ff9b::a9fe:a9fe", true), ("fe80::1", true), ("febf::1", true),
      ("ff02::1", true),
      ("::", true), ("fd00:ec2::254", true), ("::1", false), ("::ffff:127.0.0.1", false), ("fd00::1", false),
      ("2606:4700::1", false), ("fec0::1", false),
    ])
  func `an IPv6 address is judged`(text: String, isBlocked: Bool) {
    #expect(BlockedAddress.contains(v6: bytes(text, AF_INET6, 16)) == isBlocked)
  }

  @Test(
    arguments: [
      ("127.0.0.1", true), ("10.1.2.3", true), ("172.16.0.1", true), ("172.31.255.255", true),
      ("192.168.1.1", true), ("100.64.0.1", true), ("198.18.0.1", true), ("192.0.2.1", true),
      ("203.0.113.9", true), ("198.51.100.1", true), ("169.254.1.1", true), ("0x7f.1", true),
      ("2130706433", true), ("017700000001", true), ("::1", true), ("fc00::1", true), ("fd12::1", true),
      ("fec0::1", true), ("::ffff:10.0.0.1", true), ("64:ff9b::a00:1", true), ("64:ff9b:1::1", true),
      ("::7f00:1", true), ("2002:7f00:1::", true), ("2001:db8::1", true), ("2001::1", true),
      ("8.8.8.8", false), ("172.32.0.1", false), ("100.128.0.1", false), ("192.0.1.1", false),
      ("2606:4700::1", false), ("64:ff9b::808:808", false), ("::ffff:8.8.8.8", false),
    ] as [(String, Bool)])
  func `a private address is refused where strangers choose it`(text: String, isRefused: Bool) {
    #expect(BlockedAddress.contains(text, allowsPrivate: false) == isRefused)
  }

  @Test func `a name is no address`() {
    #expect(BlockedAddress.contains("example.com", allowsPrivate: true) == nil)
  }

  @Test func `a transfer that may not reach private networks does not, by no name and no open connection`()
    async throws
  {
    let upstream = try ScriptedUpstream(.response("ok"))
    let kit = try FetchKit()
    var request = try kit.request(upstream)
    // Opens a connection that could be used again.
    _ = try await FetchKit.body(kit.fetcher.start(request))
    request.allowsPrivateAddresses = false
    #expect(await FetchKit.failure(kit.fetcher.start(request)) == .blockedAddress)
    request.url = try FetchURL("http://localhost:\(upstream.port)/")
    #expect(await FetchKit.failure(kit.fetcher.start(request)) == .blockedAddress)
    #expect(upstream.requests.count == 1)
  }

  @Test func `a proxy may stand in a private network, and is given no private address`() async throws {
    let proxy = try ScriptedUpstream(.response("from the proxy"))
    let kit = try FetchKit(FetchConfiguration(proxy: proxy.url))
    func request(_ url: String) throws -> FetchRequest {
      var request = FetchRequest(method: .get, url: try FetchURL(url), allowsPlainHTTP: true)
      request.allowsPrivateAddresses = false
      return request
    }
    let body = try await FetchKit.body(kit.fetcher.start(request("http://model.example/v1")))
    #expect(String(decoding: body, as: UTF8.self) == "from the proxy")
    #expect(proxy.requests.map(\.path) == ["http://model.example/v1"])
    for url in [
      "http://127.0.0.1/", "http://0x7f.1/", "http://[::1]/", "http://localhost/", "http://10.0.0.1/",
    ] {
      #expect(await FetchKit.failure(kit.fetcher.start(try request(url))) == .blockedAddress, "\(url)")
    }
    #expect(proxy.requests.count == 1)
  }

  @Test(
    arguments: [
      "http://169.254.169.254/latest", "http://0xa9.0xfe.169.254/", "http://2852039166/",
      "http://[::ffff:169.254.169.254]/",
      "http://0/",
    ])
  func `a blocked address is never called, however it is written`(url: String) async throws {
    let kit = try FetchKit()
    let transfer = kit.fetcher.start(FetchRequest(url: try FetchURL(url), allowsPlainHTTP: true))
    #expect(await FetchKit.failure(transfer) == .blockedAddress)
  }
}
