package import Basics
import Model

extension PipelinePlan {
  /// Steps of a plan at most, those inside others too.
  package static let mostSteps = 100
  /// Steps inside steps at most.
  static let deepest = 8

  /// Reads a plan as it is declared: `{"steps": [{"id", "type", …}]}`.
  ///
  /// - Throws: `invalid_pipeline`, naming the step and what is wrong with it.
  package init(_ json: JSON) throws(PlanError) {
    guard let object = json.object, let steps = object["steps"] else {
      throw PlanError(step: nil, "needs steps", hint: "Declare {\"steps\": [{\"id\": …, \"type\": …}]}.")
    }
    if let strange = object.names.first(where: { $0 != "steps" }) {
      throw PlanError(step: nil, "has an unknown member \(strange)", hint: "It has steps, and nothing else.")
    }
    self.steps = try StepReader.steps(steps, at: "steps", depth: 1)
    try check()
  }

  /// Whether some step wants what was said before.
  package var readsHistory: Bool {
    all.contains { step in step.work.references.contains { $0.path == ["history"] } }
  }

  private func check() throws(PlanError) {
    guard !steps.isEmpty else { throw PlanError(step: nil, "has no steps") }
    guard all.count <= Self.mostSteps else {
      throw PlanError(step: nil, "has \(all.count) steps; \(Self.mostSteps) are the most")
    }
    var seen: Set<String> = []
    for step in all where !seen.insert(step.id).inserted {
      throw PlanError(step: step.id, "its id is there twice")
    }
    try checkReferences(of: steps, known: [])
  }

  /// A place may only look into a step that stands before its own, or the pipeline would wait for what never comes.
  @discardableResult
  private func checkReferences(
    of steps: [PipelineStep], known: Set<String>
  ) throws(PlanError) -> Set<String> {
    var known = known
    for step in steps {
      for reference in step.work.references {
        guard let name = reference.step, !known.contains(name) else { continue }
        let exists = all.contains { $0.id == name }
        throw PlanError(
          step: step.id,
          exists
            ? "refers to step \(name), which does not come before it"
            : "refers to step \(name), which is not there"
        )
      }
      var inner: Set<String> = []
      for way in step.work.inner { inner.formUnion(try checkReferences(of: way, known: known)) }
      known.formUnion(inner)
      known.insert(step.id)
    }
    return known
  }
}

extension StepWork {
  /// The places of its own templates.
  fileprivate var references: [Template.Reference] {
    switch self {
    case .agent(let order), .handover(let order), .classify(let order, _):
      order.agent.references + order.input.references
    case .branch(let on, _, _): on.references
    case .parallel: []
    case .tool(_, let arguments): arguments.templates.flatMap(\.references)
    case .compose(let text): text.references
    }
  }
}

/// Reads the members of one step and names it in every error.
struct StepReader {
  let object: JSONObject
  /// The step's id, or its place while it has none.
  let name: String
  let depth: Int

  static func steps(_ json: JSON, at place: String, depth: Int) throws(PlanError) -> [PipelineStep] {
    guard let array = json.array else { throw PlanError(step: nil, "needs an array at \(place)") }
    guard depth <= PipelinePlan.deepest else {
      throw PlanError(step: nil, "holds steps inside steps more than \(PipelinePlan.deepest) deep")
    }
    var steps: [PipelineStep] = []
    for (index, element) in array.enumerated() {
      let place = "\(place)[\(index)]"
      guard let object = element.object else { throw PlanError(step: place, "must be an object") }
      steps.append(try StepReader(object: object, name: object["id"]?.string ?? place, depth: depth).step())
    }
    return steps
  }

  private func step() throws(PlanError) -> PipelineStep {
    guard let id = object["id"]?.string, PlainWord.isOne(id) else {
      throw fault("needs an id of letters, digits, _ and -, at most 64")
    }
    guard let type = object["type"]?.string, let row = StepTable.row(named: type) else {
      throw fault("needs a type", hint: "Types: \(StepTable.names).")
    }
    let known = StepTable.members(of: row)
    if let strange = object.names.first(where: { !known.contains($0) }) {
      throw fault(
        "has an unknown member \(strange)",
        hint: "A step of type \(type) has: \(known.joined(separator: ", ")).")
    }
    return PipelineStep(
      id: id, work: try row.read(self), timeout: try number("timeoutSeconds", from: 0.001, to: 86_400),
      attempts: try number("attempts", from: 1, to: 5).map { Int($0) } ?? 1, mayFail: try mayFail())
  }

  private func mayFail() throws(PlanError) -> Bool {
    switch object["onFailure"]?.string {
    case "continue"?: return true
    case "fail"?: return false
    case nil where object["onFailure"] == nil: return false
    default: throw fault("onFailure must be \"fail\" or \"continue\"")
    }
  }

  // MARK: Members

  func fault(_ reason: String, hint: String? = nil) -> PlanError {
    PlanError(step: name, reason, hint: hint)
  }

  func number(_ member: String, from low: Double, to high: Double) throws(PlanError) -> Double? {
    guard let value = object[member] else { return nil }
    guard let number = value.number, (low...high).contains(number) else {
      throw fault("\(member) must be a number from \(JSON.number(low).text) to \(JSON.number(high).text)")
    }
    return number
  }

  func word(_ member: String) throws(PlanError) -> String {
    guard let text = object[member]?.string, !text.isEmpty else { throw fault("needs a \(member)") }
    return text
  }

  func template(_ member: String, default text: String? = nil) throws(PlanError) -> Template {
    guard let source = object[member]?.string ?? (object[member] == nil ? text : nil), !source.isEmpty else {
      throw fault("needs a text at \(member)")
    }
    do {
      return try Template(source)
    } catch {
      throw fault("\(member) \(error.reason)")
    }
  }

  func steps(_ member: String) throws(PlanError) -> [PipelineStep]? {
    guard let json = object[member] else { return nil }
    return try Self.steps(json, at: "\(name).\(member)", depth: depth + 1)
  }

  /// An object of named ways.
  func cases(_ member: String) throws(PlanError) -> [StepCase] {
    guard let cases = object[member]?.object, !cases.isEmpty else {
      throw fault("needs an object of arrays of steps at \(member)")
    }
    var found: [StepCase] = []
    for way in cases.members {
      let steps = try Self.steps(way.value, at: "\(name).\(member).\(way.name)", depth: depth + 1)
      found.append(StepCase(name: way.name, steps: steps))
    }
    return found
  }

  func order(defaultInput: String = "{{input}}") throws(PlanError) -> AgentOrder {
    try checkConfig()
    let budget = try number("budgetUSD", from: 0, to: 1_000_000)
    return AgentOrder(
      agent: try template("agent"), input: try template("input", default: defaultInput),
      config: object["config"]?.object, provider: try optionalWord("provider"),
      model: try optionalWord("model"),
      hasHistory: try flag("history"), budget: budget.flatMap { Cost(json: .number($0)) })
  }

  private func checkConfig() throws(PlanError) {
    guard let config = object["config"] else { return }
    guard let config = config.object else { throw fault("config must be an object") }
    do {
      _ = try AgentConfiguration(config)
    } catch {
      throw fault("its config is wrong: \(error.message)", hint: error.hint)
    }
  }

  func ladder() throws(PlanError) -> LabelLadder {
    let labels = object["labels"]?.array?.compactMap(\.string) ?? []
    guard labels.count >= 2, labels.count == object["labels"]?.array?.count, Set(labels).count == labels.count
    else {
      throw fault("needs two labels or more, each once")
    }
    guard let otherwise = object["otherwise"]?.string, labels.contains(otherwise) else {
      throw fault("needs otherwise, one of its labels: what counts when the answer holds none")
    }
    var languages: [String: String] = [:]
    for member in object["languages"]?.object?.members ?? [] {
      guard let label = member.value.string, labels.contains(label) else {
        throw fault("languages.\(member.name) must be one of its labels")
      }
      languages[member.name.lowercased()] = label
    }
    return LabelLadder(
      labels: labels, otherwise: otherwise, member: try optionalWord("member") ?? "label",
      languages: languages)
  }

  func arguments() throws(PlanError) -> JSON {
    let arguments = object["arguments"] ?? .object([:])
    guard arguments.object != nil else { throw fault("arguments must be an object") }
    for text in arguments.strings {
      do {
        _ = try Template(text)
      } catch {
        throw fault("arguments \(error.reason)")
      }
    }
    return arguments
  }

  private func optionalWord(_ member: String) throws(PlanError) -> String? {
    object[member] == nil ? nil : try word(member)
  }

  private func flag(_ member: String) throws(PlanError) -> Bool {
    guard let value = object[member] else { return false }
    guard let flag = value.bool else { throw fault("\(member) must be true or false") }
    return flag
  }
}

/// Names that go into paths of templates and into the log.
enum PlainWord {
  static func isOne(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
      }
  }
}

extension JSON {
  /// All texts in it, however deep.
  var strings: [String] {
    switch self {
    case .string(let text): [text]
    case .array(let elements): elements.flatMap(\.strings)
    case .object(let object): object.members.flatMap(\.value.strings)
    case .null, .bool, .integer, .number: []
    }
  }

  /// Its texts as templates; those that are none were refused when the plan was read.
  var templates: [Template] { strings.compactMap { try? Template($0) } }

  /// The value with the places in its texts filled.
  func filled(from values: PipelineValues) -> JSON {
    switch self {
    case .string(let text): (try? Template(text))?.value(in: values) ?? self
    case .array(let elements): .array(elements.map { $0.filled(from: values) })
    case .object(let object):
      .object(object.members.reduce(into: JSONObject()) { $0[$1.name] = $1.value.filled(from: values) })
    case .null, .bool, .integer, .number: self
    }
  }
}
