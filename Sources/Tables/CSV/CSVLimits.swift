/// How large the parts of a table may be; one unclosed quotation mark must not make a field of the rest of the file.
package struct CSVLimits: Sendable {
  package var fieldBytes = 96 << 10
  package var rowBytes = 192 << 10
  package var columns = 1000

  package init() {}
}
