import Basics
import Fetch
import Testing

@testable import Providers

/// Known answers: what AWS published, and what its own Python signer computes.
struct AWSSignerTests {
  static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

  static func signer(
    _ region: String = "us-east-1", service: String = "bedrock", token: String? = nil
  ) -> AWSSigner {
    let credentials = AWSCredentials(accessKey: "AKIDEXAMPLE", secretKey: secret, sessionToken: token)
    return AWSSigner(credentials: credentials, region: region, service: service)
  }

  static func request(
    _ url: String, _ fields: [(String, String)] = [], _ body: String? = nil
  ) throws -> FetchRequest {
    FetchRequest(
      method: body == nil ? .get : .post, url: try FetchURL(url),
      fields: fields.map { (name: $0.0, value: $0.1) },
      body: Array((body ?? "").utf8), allowsPlainHTTP: true)
  }

  /// 2015-08-30T12:36:00Z, the moment of AWS's published vectors.
  static let published = Timestamp(milliseconds: 1_440_938_160_000)
  /// 2030-01-01T00:00:00.999Z; fractions are no part of a signature.
  static let later = Timestamp(milliseconds: 1_893_456_000_999)
  static let json = ("content-type", "application/json")
  static let question = #"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#
  static let nova = "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-lite-v1%3A0/converse"

  struct Vector: Sendable {
    var title: String
    var url: String
    var fields: [(String, String)] = []
    var body: String?
    var names = "host;x-amz-date"
    var signature: String
  }

  /// Of AWS's test suite (`get-vanilla` and others), for a service named `service`.
  static let suite = [
    Vector(
      title: "get-vanilla", url: "https://example.amazonaws.com/",
      signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    Vector(
      title: "an empty path", url: "https://example.amazonaws.com",
      signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    Vector(
      title: "the default port", url: "https://example.amazonaws.com:443/",
      signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    Vector(
      title: "get-vanilla-query-order-key-case",
      url: "https://example.amazonaws.com/?Param2=value2&Param1=value1",
      signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
    Vector(
      title: "a query with one name twice and without a value",
      url: "https://example.amazonaws.com/?Param1=value2&Param1=Value1&a&A=1",
      signature: "e608a5e676215f17ce9e4c662dcf4c885aa0150a21f5a95c52e2ecf610538dcb"),
    Vector(
      title: "get-utf8", url: "https://example.amazonaws.com/ሴ",
      signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    Vector(
      title: "post-x-www-form-urlencoded", url: "https://example.amazonaws.com/",
      fields: [("Content-Type", "application/x-www-form-urlencoded")], body: "Param1=value1",
      names: "content-type;host;x-amz-date",
      signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
  ]

  @Test(arguments: suite.indices)
  func `a vector of AWS's test suite has its signature`(index: Int) throws {
    let vector = Self.suite[index]
    let request = try Self.request(vector.url, vector.fields, vector.body)
    let signed = Self.signer(service: "service").signed(request, at: Self.published)
    #expect(
      signed.fields.last?.value
        == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=\(vector.names), Signature=\(vector.signature)",
      "\(vector.title)")
  }

  /// The example that AWS's documentation takes through every step.
  @Test func `every step of the documented example is right`() throws {
    let request = try Self.request(
      "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
      [
        ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("X-Amz-Date", "20150830T123600Z"),
      ])
    let canonical = CanonicalRequest(request)
    #expect(
      canonical.text == """
        GET
        /
        Action=ListUsers&Version=2010-05-08
        content-type:application/x-www-form-urlencoded; charset=utf-8
        host:iam.amazonaws.com
        x-amz-date:20150830T123600Z

        content-type;host;x-amz-date
        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
        """)
    let signer = Self.signer(service: "iam")
    #expect(
      signer.text(canonical, at: Self.published) == """
        AWS4-HMAC-SHA256
        20150830T123600Z
        20150830/us-east-1/iam/aws4_request
        f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59
        """)
    let key = Hexadecimal.text(signer.key(at: Self.published))
    #expect(key == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9")
    let signed = signer.signed(
      try Self.request(request.url.text, [("Content-Type", request.fields[0].value)]), at: Self.published)
    #expect(
      signed.fields.last?.value.hasSuffix("5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
        == true)
  }

  @Test func `the colon of a model id is signed as it is encoded twice`() throws {
    let request = try Self.request(Self.nova, [Self.json], Self.question)
    let canonical = CanonicalRequest(Self.signer().signed(request, at: Self.later))
    #expect(canonical.text.contains("\n/model/amazon.nova-lite-v1%253A0/converse\n"))
    #expect(canonical.text.hasSuffix("c3335e07d6e89650bf94cb98664be69f8774dbc3198df221f113db0a59ea14f0"))
    #expect(
      Hexadecimal.text(SHA256.digest(canonical.text.utf8))
        == "ed72167bae0d8765aca19cf3953d5fd53847555b8ef9af748044c4bbe7139fea")
    #expect(
      Hexadecimal.text(Self.signer().key(at: Self.later))
        == "9b0331baa3e4344b650e54043e3bf4ff135cd2bd8a86b0d13852295ce5bbb131")
  }

  static let bedrock:
    [(
      url: String, region: String, token: String?, fields: [(String, String)], body: String, signature: String
    )] = [
      (
        nova, "us-east-1", nil, [json], question,
        "50bc3942184cb95fca56f4020410faf7e39f29cda2eda04107cd9ff1fb44c842"
      ),
      (
        nova, "us-east-1", "TOKENEXAMPLE==", [json], question,
        "76633de90e4acf0d8996f5764226b48a6024d31aa53db6b6d75d5111b8b67c7b"
      ),
      (
        "https://bedrock-runtime.eu-central-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A123456789012%3Ainference-profile%2Feu.amazon.nova-lite-v1%3A0/converse-stream",
        "eu-central-1", "TOKENEXAMPLE==", [json, ("Accept", "not signed")], question,
        "8aadfdef9effdadb4a5df645b3a0469af68878506c8792a0e883126c5feb2969"
      ),
      (
        "http://127.0.0.1:8080/base/model/m/converse-stream", "us-west-2", nil,
        [json, ("X-Amz-B", "  a   b  "), ("X-Amz-A", "c")], #"{"é":"🦙"}"#,
        "bb9e2c9c06ef89903905cf393cc31eadabfb46e1171086892583add89fe6ba4c"
      ),
    ]

  @Test(arguments: bedrock.indices)
  func `a request to Bedrock has the signature that AWS's own signer gives it`(index: Int) throws {
    let (url, region, token, fields, body, signature) = Self.bedrock[index]
    let signed = Self.signer(region, token: token).signed(try Self.request(url, fields, body), at: Self.later)
    #expect(signed.fields.last?.name == "Authorization")
    #expect(signed.fields.last?.value.hasSuffix(" Signature=\(signature)") == true)
    #expect(signed.fields.contains { $0.name == "X-Amz-Date" && $0.value == "20300101T000000Z" })
    #expect(
      signed.fields.contains { $0.name == "X-Amz-Security-Token" && $0.value == token } == (token != nil))
    #expect(!signed.fields.contains { $0.value.contains(Self.secret) })
  }
}
