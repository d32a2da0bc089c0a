import Basics

/// Why bytes are no form.
package enum MultipartError: CodedError, Equatable {
  /// The content type names no form, or no boundary that a form may have.
  case notAForm
  /// No part began where one had to.
  case noBoundary
  case malformedHead
  case headTooLarge
  case tooManyParts
  /// The bytes ended inside a part.
  case unfinished

  package var code: String { "invalid_multipart" }

  package var message: String {
    switch self {
    case .notAForm: "The body is no form: its content type is not multipart/form-data with a boundary."
    case .noBoundary: "The body is no form: its boundary does not begin a part."
    case .malformedHead: "A part of the form has a malformed head."
    case .headTooLarge: "A part of the form has too large a head."
    case .tooManyParts: "The form has too many parts."
    case .unfinished: "The form ended inside a part."
    }
  }

  package var hint: String? {
    "Send the file as multipart/form-data, for example with curl -F file=@data.csv."
  }
}
