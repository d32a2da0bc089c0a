/// What a page may load and run (CSP 3).
enum ContentPolicy {
  /// The hub's own files and nothing else: no script or style inside a page, no text as code, no markup from text, no frame around it.
  static let strict =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    + "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}
