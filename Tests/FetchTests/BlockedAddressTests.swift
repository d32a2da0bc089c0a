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
