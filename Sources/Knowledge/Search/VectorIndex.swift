/// The vectors of a collection in memory, a byte a number, and whose each is. Finds the nearest ones by looking at every one.
///
/// 100,000 vectors of 384 numbers take 40 MB. A byte a number makes small mistakes, so what it finds is a choice whose exact likeness is
/// computed from the stored vectors.
struct VectorIndex: Sendable {
  /// Rows that change together: a search holds on to those of its moment while the last one grows.
  private struct Segment: Sendable {
    static let capacity = 4096

    var codes: [Int8] = []
    /// What a code of 1 stands for, by row.
    var scales: [Float] = []
    var chunks: [Int64] = []
    var owners: [Int32] = []
  }

  /// Who made the vectors.
  let embedder: String
  let dimensions: Int
  /// The collection's revision that it shows.
  var revision: Int64 = 0
  private var segments: [Segment] = []
  /// By owner: whether its rows count; one that was replaced or deleted leaves dead rows behind.
  private var isLive: [Bool] = []
  private var documents: [Int64] = []
  private var rowCounts: [Int] = []
  /// The living owner of each document.
  private var owners: [Int64: Int32] = [:]
  private(set) var count = 0
  private var dead = 0
  /// Numbers a row, filled up with zeros so that no loop has a rest.
  private let stride: Int

  init(embedder: String, dimensions: Int) {
    self.embedder = embedder
    self.dimensions = dimensions
    stride = (dimensions + 15) / 16 * 16
  }

  /// What so many vectors take.
  static func bytes(rows: Int, dimensions: Int) -> Int { rows * ((dimensions + 15) / 16 * 16 + 16) }

  /// What it takes now.
  var bytes: Int { Self.bytes(rows: count + dead, dimensions: dimensions) }

  // MARK: Changes

  /// Adds a vector of a document; one of another length is left out.
  mutating func add(_ vector: [Float], chunk: Int64, of document: Int64) {
    guard vector.count == dimensions else { return }
    let owner = owner(of: document)
    if segments.last.map({ $0.chunks.count == Segment.capacity }) ?? true { segments.append(Segment()) }
    let last = segments.count - 1
    let scale = Self.scale(of: vector, codes: 127)
    segments[last].codes.append(
      contentsOf: vector.map { number in scale.map { Int8((number / $0).rounded()) } ?? 0 })
    segments[last].codes.append(contentsOf: repeatElement(0, count: stride - dimensions))
    segments[last].scales.append(scale ?? 1)
    segments[last].chunks.append(chunk)
    segments[last].owners.append(owner)
    rowCounts[Int(owner)] += 1
    count += 1
  }

  /// What a code of 1 stands for; nil for a vector that points nowhere, or whose numbers are too small or too large to be divided.
  private static func scale(of vector: [Float], codes: Float) -> Float? {
    let scale = vector.reduce(0) { max($0, abs($1)) } / codes
    return scale.isNormal && !vector.contains(where: \.isNaN) ? scale : nil
  }

  private mutating func owner(of document: Int64) -> Int32 {
    if let owner = owners[document] { return owner }
    let owner = Int32(documents.count)
    owners[document] = owner
    documents.append(document)
    isLive.append(true)
    rowCounts.append(0)
    return owner
  }

  /// Forgets the vectors of a document.
  mutating func remove(_ document: Int64) {
    guard let owner = owners.removeValue(forKey: document).map({ Int($0) }) else { return }
    isLive[owner] = false
    count -= rowCounts[owner]
    dead += rowCounts[owner]
    if dead > Segment.capacity, dead > count / 3 { compact() }
  }

  /// Gives back the room of dead rows.
  private mutating func compact() {
    var fresh = Self(embedder: embedder, dimensions: dimensions)
    fresh.revision = revision
    for segment in segments {
      for (row, owner) in segment.owners.enumerated() where isLive[Int(owner)] {
        fresh.take(segment, row: row, of: documents[Int(owner)])
      }
    }
    self = fresh
  }

  private mutating func take(_ segment: Segment, row: Int, of document: Int64) {
    let owner = owner(of: document)
    if segments.last.map({ $0.chunks.count == Segment.capacity }) ?? true { segments.append(Segment()) }
    let last = segments.count - 1
    segments[last].codes.append(contentsOf: segment.codes[(row * stride)..<((row + 1) * stride)])
    segments[last].scales.append(segment.scales[row])
    segments[last].chunks.append(segment.chunks[row])
    segments[last].owners.append(owner)
    rowCounts[Int(owner)] += 1
    count += 1
  }

  // MARK: Search

  /// The chunks whose vectors are nearest to a vector of length 1, the nearest first.
  ///
  /// - Parameter chosen: the only documents to look at; nil for all.
  func nearest(to question: [Float], count limit: Int, among chosen: Set<Int64>?) -> [(
    chunk: Int64, likeness: Float
  )] {
    guard question.count == dimensions, limit > 0 else { return [] }
    // Finer than the rows, since it is only one.
    guard let scale = Self.scale(of: question, codes: 2047) else { return [] }
    let codes =
      question.map { Int16(($0 / scale).rounded()) }
      + [Int16](repeating: 0, count: stride - dimensions)
    let isWanted =
      chosen.map { chosen in documents.indices.map { isLive[$0] && chosen.contains(documents[$0]) } }
      ?? isLive
    var best = NearestRows(limit: limit)
    for segment in segments { Self.scan(segment, for: codes, scale, isWanted, into: &best) }
    return best.rows
  }

  private static func scan(
    _ segment: Segment, for question: [Int16], _ scale: Float, _ isWanted: [Bool],
    into best: inout NearestRows
  ) {
    // Bare pointers, and no check of each index, because the compiler makes vector instructions of the inner loop only without them; the
    // counts are the segment's own.
    segment.codes.withUnsafeBufferPointer { codes in
      question.withUnsafeBufferPointer { question in
        guard let codes = codes.baseAddress, let start = question.baseAddress else { return }
        for row in segment.chunks.indices where isWanted[Int(segment.owners[row])] {
          let product = product(codes + row * question.count, start, question.count)
          let likeness = Float(product) * segment.scales[row] * scale
          if likeness > best.least { best.add(segment.chunks[row], likeness) }
        }
      }
    }
  }

  /// 127 · 2047 · 8192 numbers fit into 32 bits.
  @inline(__always)
  private static func product(
    _ row: UnsafePointer<Int8>, _ question: UnsafePointer<Int16>, _ count: Int
  ) -> Int32 {
    var sum: Int32 = 0
    for index in 0..<count { sum &+= Int32(row[index]) &* Int32(question[index]) }
    return sum
  }
}

/// The best rows so far, few of them.
struct NearestRows {
  private let limit: Int
  private(set) var rows: [(chunk: Int64, likeness: Float)] = []

  init(limit: Int) {
    self.limit = limit
    rows.reserveCapacity(limit + 1)
  }

  /// What a row must exceed to be among them.
  var least: Float { rows.count < limit ? -.infinity : rows[rows.count - 1].likeness }

  mutating func add(_ chunk: Int64, _ likeness: Float) {
    var place = rows.count
    while place > 0, rows[place - 1].likeness < likeness { place -= 1 }
    rows.insert((chunk, likeness), at: place)
    if rows.count > limit { rows.removeLast() }
  }
}
