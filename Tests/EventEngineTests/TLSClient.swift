import COpenSSL
import EventEngine
import Glibc
import TestKit

/// A certificate for 127.0.0.1 and its key, made by `openssl` for one test and removed with it.
final class TestCertificate {
  let certificateFile: String
  let keyFile: String
  private let folder: String

  init() throws {
    var template = Array("/tmp/agenthub-tls-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw RawSocketError(doing: "making a folder") }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    certificateFile = folder + "/certificate.pem"
    keyFile = folder + "/key.pem"
    try Self.run([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
      "-days", "2",
      "-subj", "/CN=127.0.0.1", "-keyout", keyFile, "-out", certificateFile,
    ])
  }

  deinit {
    unlink(certificateFile)
    unlink(keyFile)
    rmdir(folder)
  }

  private static func run(_ arguments: [String]) throws {
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var process: pid_t = 0
    var status: Int32 = 0
    guard posix_spawnp(&process, "openssl", &actions, nil, &words, environ) == 0,
      waitpid(process, &status, 0) == process, status == 0
    else { throw RawSocketError(doing: "running openssl") }
  }
}

/// A blocking TLS client over a raw socket.
final class TLSClient {
  let socket: RawSocket
  private let context: OpaquePointer
  private let ssl: OpaquePointer

  /// Shakes hands.
  ///
  /// - Parameters:
  ///   - version: the highest that the client speaks, `TLS1_3_VERSION` and the like.
  ///   - protocols: ALPN names to offer.
  init(port: UInt16, version: Int32 = TLS1_3_VERSION, protocols: [String] = [], receiveBuffer: Int32? = nil)
    throws
  {
    socket = try RawSocket(port: port, receiveBuffer: receiveBuffer)
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(socket.descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    guard let context = SSL_CTX_new(TLS_client_method()), let ssl = SSL_new(context) else {
      throw RawSocketError(doing: "making a TLS client")
    }
    self.context = context
    self.ssl = ssl
    copenssl_set_max_proto(ssl, version)
    if version < TLS1_2_VERSION { copenssl_allow_old_proto(ssl) }
    let offered = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
    if !offered.isEmpty { SSL_set_alpn_protos(ssl, offered, UInt32(offered.count)) }
    SSL_set_fd(ssl, socket.descriptor)
    guard SSL_connect(ssl) == 1 else { throw RawSocketError(doing: "shaking hands") }
  }

  deinit {
    SSL_free(ssl)
    SSL_CTX_free(context)
  }

  /// The protocol that the server chose.
  var chosenProtocol: String {
    var name: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    SSL_get0_alpn_selected(ssl, &name, &length)
    return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
  }

  /// What the server showed, in DER.
  var certificate: [UInt8] {
    guard let certificate = SSL_get1_peer_certificate(ssl) else { return [] }
    defer { X509_free(certificate) }
    var bytes: UnsafeMutablePointer<UInt8>?
    let count = i2d_X509(certificate, &bytes)
    defer { copenssl_free(bytes) }
    return Array(UnsafeBufferPointer(start: bytes, count: Int(max(0, count))))
  }

  func send(_ bytes: [UInt8]) throws {
    guard SSL_write(ssl, bytes, Int32(bytes.count)) == bytes.count else {
      throw RawSocketError(doing: "writing")
    }
  }

  func receive(exactly count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var received = 0
    while received < count {
      let result = bytes.withUnsafeMutableBytes {
        SSL_read(ssl, $0.baseAddress.map { $0 + received }, Int32(count - received))
      }
      guard result > 0 else { throw RawSocketError(doing: "reading \(received) of \(count)") }
      received += Int(result)
    }
    return bytes
  }

  /// Whether the server said that no more comes, before it closed.
  func isClosedInOrder() -> Bool {
    var byte: UInt8 = 0
    let result = SSL_read(ssl, &byte, 1)
    return result == 0 && SSL_get_error(ssl, result) == SSL_ERROR_ZERO_RETURN
  }
}
