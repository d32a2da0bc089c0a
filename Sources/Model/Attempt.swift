package import Basics

/// One try of a run's call at one provider, with one key.
package struct Attempt: Equatable, Sendable {
  /// How a try ended, or that it goes on.
  package enum Status: String, Sendable, CaseIterable {
    case started, completed, failed, stopped, interrupted
  }

  /// Where an answer came from.
  package enum Source: String, Sendable, CaseIterable {
    /// A provider was asked.
    case provider
    /// The hub had it.
    case cache
    /// Another run was just getting it.
    case joined
  }

  package var run: Identifier<Run>
  /// From 1, within the run.
  package var number: Int
  package var agent: Identifier<Agent>
  package var agentVersion: Int
  package var provider: String
  package var model: String
  /// Which of the provider's keys was used, from 0; nil when the call had its own, or needs none.
  package var keyIndex: Int?
  /// Names the key without showing it.
  package var key: String?
  package var status: Status
  package var source = Source.provider
  /// Of the provider's answer, where it was an error.
  package var httpStatus: Int?
  package var error: RunFailure?
  package var usage: Usage?
  /// What it cost; nil when nobody knows, or when nothing was taken.
  package var cost: Cost?
  /// What the answer cost whoever asked for it; nil when nobody knows, or when nothing was saved.
  package var savedCost: Cost?
  package var startedAt: Timestamp
  /// When the first piece that a viewer can see came.
  package var answeredAt: Timestamp?
  package var finishedAt: Timestamp?

  package init(
    run: Identifier<Run>, number: Int, agent: Identifier<Agent>, agentVersion: Int, provider: String,
    model: String, keyIndex: Int? = nil, key: String? = nil, status: Status = .started, startedAt: Timestamp
  ) {
    self.run = run
    self.number = number
    self.agent = agent
    self.agentVersion = agentVersion
    self.provider = provider
    self.model = model
    self.keyIndex = keyIndex
    self.key = key
    self.status = status
    self.startedAt = startedAt
  }

  /// Whether it took something, and nobody knows for how much.
  package var isUnpriced: Bool {
    // What was asked before somebody left, or the process died, may have been answered.
    source == .provider && cost == nil
      && (usage != nil || answeredAt != nil || status == .stopped || status == .interrupted)
  }

  /// What its events say beside who and where; milliseconds count from its start.
  package var eventBody: EventBody {
    var members: JSONObject = [
      "attempt": .integer(Int64(number)), "provider": .string(provider), "model": .string(model),
    ]
    if let mark = source.mark { members[mark] = true }
    members["keyIndex"] = keyIndex.map { .integer(Int64($0)) }
    members["httpStatus"] = httpStatus.map { .integer(Int64($0)) }
    members["answeredMs"] = answeredAt.map { .integer($0.milliseconds - startedAt.milliseconds) }
    members["ms"] = finishedAt.map { .integer($0.milliseconds - startedAt.milliseconds) }
    members["usage"] = usage?.json
    members["cost"] = cost?.json
    members["savedCost"] = savedCost?.json
    members["error"] = error?.json
    return .other(eventType, members)
  }

  private var eventType: EventType {
    switch status {
    case .started: .attemptStarted
    case .completed: .attemptCompleted
    case .failed: .attemptFailed
    case .stopped, .interrupted: .attemptStopped
    }
  }
}

extension Attempt.Source {
  /// The member that marks such an attempt on every surface; nil for the usual ones.
  package var mark: String? {
    switch self {
    case .provider: nil
    case .cache: "cached"
    case .joined: "joined"
    }
  }
}

extension [Attempt] {
  /// The tokens of all, as far as told; nil when nothing was.
  package var usage: Usage? {
    compactMap(\.usage).reduce(nil) { sum, usage in sum.map { $0 + usage } ?? usage }
  }

  /// What they cost together; nil when none cost anything, or when the cost of one is not known: half a bill is none.
  package var cost: Cost? {
    let costs = compactMap(\.cost)
    return costs.isEmpty || contains(where: \.isUnpriced) ? nil : costs.reduce(.zero, +)
  }
}
