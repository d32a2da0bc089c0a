import Basics
import EventEngine
import TestKit
import Testing
import Wire

@testable import WebServer

@Suite struct ServerAdmissionTests {
  @Test func `One connection too many is told to come back, and comes in when there is room`() throws {
    var configuration = ServerConfiguration()
    configuration.admission.connections = 1
    let site = try TestSite(configuration: configuration)
    let first = try site.client()
    #expect(try first.exchange("GET /hello").status == 200)
    let second = try site.client()
    // The answer comes unasked, and what is asked is not served.
    try? second.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
    let refusal = try second.receiveResponse()
    #expect(refusal.status == 503)
    #expect(refusal.fields["retry-after"] == "2")
    #expect(refusal.fields["connection"] == "close")
    #expect(refusal.fields["date"]?.hasSuffix("GMT") == true)
    #expect(refusal.text.contains("too_many_connections"))
    #expect(try second.receiveAll() == [])
    #expect(site.bodies.all.isEmpty)
    first.close()
    #expect(site.isEmptySoon())
    #expect(try site.client().exchange("GET /hello").status == 200)
  }

  @Test func `Listeners of one server share its limit, and show each its own face`() throws {
    var configuration = ServerConfiguration()
    configuration.admission.connections = 1
    let site = try TestSite(configuration: configuration)
    let listener = try Listener(host: "127.0.0.1", port: 0)
    let route = Route(.get, "/other", "", .direct { _ in TestSite.text("other") })
    site.server.serve(listener, showing: ServerFace(Router([route])))
    let other = try RawSocket(port: listener.port, patience: .seconds(10))
    #expect(try other.exchange("GET /other").text == "other")
    #expect(try other.exchange("GET /hello").status == 404)
    #expect(try site.client().receiveResponse().status == 503)
    other.close()
    #expect(site.isEmptySoon())
    let first = try site.client()
    #expect(try first.exchange("GET /other").status == 404)
    #expect(try RawSocket(port: listener.port, patience: .seconds(10)).receiveResponse().status == 503)
  }

  @Test(
    arguments: [
      (.full, "503", "AGENTHUB_MAX_CONNECTIONS"), (.peerFull, "503", "AGENTHUB_MAX_CONNECTIONS_PER_ADDRESS"),
      (.notTLS, "400", "https://"),
    ] as [(AdmissionRefusal, String, String)])
  func `Every refusal is a whole answer that says what to do`(
    refusal: AdmissionRefusal, status: String, hint: String
  ) {
    let words = ServerFace(Router([])).refusal(refusal, date: "Fri, 31 Dec 1999 23:59:59 GMT")
    let text = String(decoding: words, as: UTF8.self)
    #expect(text.hasPrefix("HTTP/1.1 \(status) "))
    #expect(text.contains("\r\nConnection: close\r\n"))
    let body = text.split(separator: "\r\n\r\n", maxSplits: 1).last ?? ""
    #expect(text.contains("\r\nContent-Length: \(body.utf8.count)\r\n"))
    #expect(body.contains(hint))
  }
}
