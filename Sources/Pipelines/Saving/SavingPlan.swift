import Model

/// How calls may be saved for one run: what its agent keeps, and what the request wants of it.
struct SavingPlan: Equatable, Sendable {
  /// Milliseconds for which an answer may be given again; nil when none is kept.
  let lifetime: Int64?
  /// Whether an answer that is kept will do.
  let looksUp: Bool
  /// Whether the run goes along with an equal call that is under way, and lets others go along with its own.
  let joins: Bool

  /// - Parameter mayKeep: whether the hub keeps answers at all.
  init(_ configuration: AgentConfiguration, _ use: CacheUse, mayKeep: Bool) {
    let cache = mayKeep ? configuration.cache : nil
    lifetime = use == .off ? nil : cache.map { Int64($0.seconds) * 1000 }
    looksUp = use == .use && lifetime != nil
    joins = use == .use && configuration.joinsCalls ?? (configuration.cache != nil)
  }

  /// Whether calls are made as ever.
  var isIdle: Bool { lifetime == nil && !joins }
}
