import Basics
import Storage
import TestKit
import Testing

@testable import API

/// The dashboard's files as browsers get them.
struct DashboardFilesTests {
  private static let files: [(path: String, type: String)] = [
    ("/", "text/html; charset=utf-8"), ("/agenthub.js", "text/javascript; charset=utf-8"),
    ("/assets/app.js", "text/javascript; charset=utf-8"), ("/assets/base.css", "text/css; charset=utf-8"),
    ("/assets/icon.svg", "image/svg+xml"),
  ]

  @Test(arguments: files)
  func `S003-49 a file comes with its type, its tag and a policy that runs nothing but the hub's own files`(
    path: String, type: String
  ) async throws {
    try await HubUnderTest.run { (site) async throws in
      let file = try await site.get(path)
      #expect(file.status == 200)
      #expect(file.fields["content-type"] == type)
      #expect(file.fields["cache-control"] == "no-cache")
      #expect(file.fields["vary"] == "Accept-Encoding")
      #expect(file.fields["x-content-type-options"] == "nosniff")
      let policy = try #require(file.fields["content-security-policy"])
      #expect(policy.contains("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"))
      #expect(policy.contains("frame-ancestors 'none'"))
      #expect(policy.contains("require-trusted-types-for 'script'"))
      #expect(!policy.contains("unsafe"))
    }
  }

  @Test func `a browser that has a file is not sent it again, in either form`() async throws {
    try await HubUnderTest.run { (site) async throws in
      let plain = try await site.get("/assets/app.js")
      let gzip = try await site.get("/assets/app.js", fields: ["Accept-Encoding": "br, gzip;q=0.8"])
      #expect(plain.fields["content-encoding"] == nil)
      #expect(gzip.fields["content-encoding"] == "gzip")
      #expect(gzip.body.starts(with: [0x1F, 0x8B, 8]))
      #expect(gzip.body.count < plain.body.count / 2)
      let tags = try [#require(plain.fields["etag"]), #require(gzip.fields["etag"])]
      #expect(tags[0] != tags[1], "two forms of a file need two tags (RFC 9110 §8.8.3)")
      for tag in tags {
        let known = try await site.get(
          "/assets/app.js", fields: ["If-None-Match": tag, "Accept-Encoding": "gzip"])
        #expect(known.status == 304)
        #expect(known.body.isEmpty)
        #expect(known.fields["etag"] == tag)
      }
      #expect(try await site.get("/assets/app.js", fields: ["If-None-Match": "\"x\""]).status == 200)
    }
  }

  @Test(arguments: ["gzip;q=0", "br", "identity", "gzip;q=0.000, *", ""])
  func `who does not take gzip gets the file as it is`(encodings: String) async throws {
    try await HubUnderTest.run { (site) async throws in
      let file = try await site.get("/", fields: ["Accept-Encoding": encodings])
      #expect(file.fields["content-encoding"] == nil)
      #expect(file.text.hasPrefix("<!doctype html>"))
    }
  }

  @Test
  func `no page has a script or a style inside, and no file makes markup from text or asks another server`()
    throws
  {
    let folder = "Sources/Dashboard/"
    for path in Assets.paths where path.hasPrefix(folder) {
      let text = String(decoding: try #require(Assets.file(path)), as: UTF8.self)
      for word in [
        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(",
        "new Function",
      ] {
        #expect(!text.contains(word), "\(path) uses \(word)")
      }
      for word in ["<style", "onclick=\"", "style=\"", "<script>"] {
        #expect(!text.contains(word), "\(path) has \(word)")
      }
      let addresses = text.split(separator: "://").dropLast().filter {
        $0.hasSuffix("src=\"http") || $0.hasSuffix("from \"http")
      }
      #expect(addresses.isEmpty, "\(path) loads something from elsewhere")
    }
  }

  @Test func `all of the dashboard weighs at most 150 KB on the wire`() async throws {
    try await HubUnderTest.run { (site) async throws in
      var bytes = 0
      for path in Assets.paths where path.hasPrefix("Sources/Dashboard/") {
        let name = path.dropFirst("Sources/Dashboard".count)
        let file = try await site.get(
          ["/index.html": "/", "/docs.html": "/docs"][String(name)] ?? String(name),
          fields: ["Accept-Encoding": "gzip"])
        #expect(file.status == 200, "\(name)")
        bytes += file.body.count
      }
      #expect(bytes < 150_000, "\(bytes) bytes")
    }
  }

  @Test func `a file that is not there is told as every error is`() async throws {
    try await HubUnderTest.run { (site) async throws in
      let missing = try await site.get("/assets/nothing.js")
      #expect(missing.status == 404)
      #expect(missing.code == "file_not_found")
      #expect(try await site.get("/assets/..%2Findex.html").status == 404)
    }
  }
}
