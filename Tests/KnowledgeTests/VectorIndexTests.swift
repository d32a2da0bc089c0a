import TestKit
import Testing

@testable import Knowledge

struct VectorIndexTests {
  private static func vectors(_ count: Int, _ dimensions: Int, seed: UInt64) -> [[Float]] {
    var random = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      (0..<dimensions).map { _ in Float.random(in: -1...1, using: &random) }.normalized
    }
  }

  private static func product(_ left: [Float], _ right: [Float]) -> Float {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test(arguments: [(1, 1), (5, 3), (300, 16), (4200, 4), (300, 384)])
  func `the nearest by bytes are those by exact numbers, but for the last of them`(
    count: Int, dimensions: Int
  ) {
    let vectors = Self.vectors(count, dimensions, seed: UInt64(count))
    var index = VectorIndex(embedder: "e", dimensions: dimensions)
    for (row, vector) in vectors.enumerated() { index.add(vector, chunk: Int64(row), of: Int64(row / 7)) }
    #expect(index.count == count)
    for question in Self.vectors(3, dimensions, seed: 99) {
      let products = vectors.map { Self.product($0, question) }
      let exact = vectors.indices.sorted { products[$0] > products[$1] }
      let found = index.nearest(to: question, count: 50, among: nil)
      #expect(found.count == min(50, count))
      let wanted = exact.prefix(10).filter { products[$0] > 0.01 }
      #expect(Set(wanted.map { Int64($0) }).isSubset(of: found.map(\.chunk)))
      for row in found { #expect(abs(row.likeness - products[Int(row.chunk)]) < 0.02) }
      #expect(zip(found, found.dropFirst()).allSatisfy { $0.likeness >= $1.likeness })
    }
  }

  @Test func `only chosen and living documents are found, and a replaced one is found anew`() {
    let vectors = Self.vectors(100, 8, seed: 1)
    var index = VectorIndex(embedder: "e", dimensions: 8)
    for (row, vector) in vectors.enumerated() { index.add(vector, chunk: Int64(row), of: Int64(row % 10)) }
    let chosen = index.nearest(to: vectors[3], count: 50, among: [3, 4])
    #expect(chosen.count == 20 && chosen.allSatisfy { [3, 4].contains($0.chunk % 10) })
    index.remove(3)
    index.remove(3)
    index.remove(77)
    #expect(index.count == 90)
    #expect(!index.nearest(to: vectors[3], count: 100, among: nil).contains { $0.chunk % 10 == 3 })
    index.add(vectors[3], chunk: 1000, of: 3)
    #expect(index.nearest(to: vectors[3], count: 1, among: [3]).map(\.chunk) == [1000])
  }

  @Test func `dead rows give their room back`() {
    let vectors = Self.vectors(1, 16, seed: 2)
    var index = VectorIndex(embedder: "e", dimensions: 16)
    for round in 0..<12 {
      for row in 0..<1000 { index.add(vectors[0], chunk: Int64(round * 1000 + row), of: Int64(round)) }
      if round > 0 { index.remove(Int64(round - 1)) }
    }
    #expect(index.count == 1000)
    #expect(index.bytes <= VectorIndex.bytes(rows: 6200, dimensions: 16))
    #expect(index.nearest(to: vectors[0], count: 2000, among: nil).count == 1000)
  }

  @Test func `what does not fit is left out`() {
    var index = VectorIndex(embedder: "e", dimensions: 4)
    index.add([1, 0], chunk: 1, of: 1)
    index.add([0, 0, 0, 0], chunk: 2, of: 1)
    #expect(index.count == 1)
    #expect(index.nearest(to: [1, 0], count: 5, among: nil).isEmpty)
    #expect(index.nearest(to: [0, 0, 0, 0], count: 5, among: nil).isEmpty)
    #expect(index.nearest(to: [1, 0, 0, 0], count: 5, among: nil).map(\.likeness) == [0])
    #expect(index.nearest(to: [1, 0, 0, 0], count: 0, among: nil).isEmpty)
  }

  @Test(arguments: [
    [Float.leastNonzeroMagnitude, 0], [.leastNormalMagnitude / 100, -.leastNonzeroMagnitude], [.infinity, 1],
    [.nan, 1], [1, .nan], [0, 0],
    [.greatestFiniteMagnitude, .greatestFiniteMagnitude],
  ])
  func `vectors without a length that counts are near to nothing`(odd: [Float]) {
    #expect(odd.normalized == [0, 0])
    var index = VectorIndex(embedder: "e", dimensions: 2)
    index.add(odd, chunk: 1, of: 1)
    index.add([0, 1], chunk: 2, of: 2)
    #expect(index.nearest(to: [0, 1], count: 1, among: [2]).map(\.chunk) == [2])
    #expect(index.nearest(to: odd, count: 1, among: nil).count <= 1)
    #expect(index.count == 2)
  }

  @Test func `a copy stays as it was`() {
    var index = VectorIndex(embedder: "e", dimensions: 2)
    index.add([1, 0], chunk: 1, of: 1)
    let copy = index
    index.remove(1)
    index.add([0, 1], chunk: 2, of: 2)
    #expect(copy.nearest(to: [1, 0], count: 5, among: nil).map(\.chunk) == [1])
    #expect(index.nearest(to: [1, 0], count: 5, among: nil).map(\.chunk) == [2])
  }
}
