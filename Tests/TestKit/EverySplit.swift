/// All ways that matter to cut bytes into pieces: whole, one by one, and in two at every place.
///
/// A parser must give the same for each of them; that is how a socket may deliver what a peer sent.
package func everySplit(of bytes: [UInt8]) -> [[[UInt8]]] {
  var splits = [[bytes], bytes.map { [$0] }]
  for place in 1..<max(1, bytes.count) { splits.append([Array(bytes[..<place]), Array(bytes[place...])]) }
  return splits
}

/// All ways that matter to cut a text's bytes into pieces.
package func everySplit(of text: String) -> [[[UInt8]]] { everySplit(of: Array(text.utf8)) }
