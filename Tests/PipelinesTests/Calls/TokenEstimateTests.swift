import Model
import Providers
import Testing

@testable import Pipelines

struct TokenEstimateTests {
  private static func estimate(_ events: [ProviderEvent]) -> TokenEstimate {
    let turns = [CompletionRequest.Turn(role: .system, text: "123456"), .init(role: .user, text: "7890")]
    var estimate = TokenEstimate(of: CompletionRequest(model: "m", turns: turns))
    for event in events { estimate.received(event) }
    return estimate
  }

  static let told = Usage(inputTokens: 25, outputTokens: 6, cachedTokens: 20)

  @Test func `what the provider told of a whole answer stands`() {
    let events: [ProviderEvent] = [
      .text(String(repeating: "x", count: 400)), .usage(Self.told), .finish(.stop, raw: nil),
    ]
    #expect(Self.estimate(events).usage(ofVisibleAnswer: true) == Self.told)
  }

  @Test func `of several counts the last one stands`() {
    let events: [ProviderEvent] = [.usage(Usage(inputTokens: 1, outputTokens: 1)), .usage(Self.told)]
    #expect(Self.estimate(events).usage(ofVisibleAnswer: false) == Self.told)
  }

  @Test func `a cut answer is at least what was seen of it, unless its count is near`() {
    let long = ProviderEvent.text(String(repeating: "x", count: 400))
    var raised = Self.told
    raised.outputTokens = 100
    raised.isEstimated = true
    #expect(Self.estimate([.usage(Self.told), long]).usage(ofVisibleAnswer: true) == raised)
    let near = Usage(inputTokens: 25, outputTokens: 60)
    #expect(Self.estimate([long, .usage(near)]).usage(ofVisibleAnswer: true) == near)
  }

  @Test func `where nothing is told, bytes are counted; where nothing was seen, nothing`() {
    let events: [ProviderEvent] = [
      .reasoning("hm"), .text("Hello"), .toolCallArguments(index: 0, fragment: "{}"), .refusal("né"),
    ]
    let usage = Usage(inputTokens: 3, outputTokens: 4, reasoningTokens: 1, isEstimated: true)
    #expect(Self.estimate(events).usage(ofVisibleAnswer: true) == usage)
    #expect(Self.estimate(events).usage(ofVisibleAnswer: false) == nil)
  }
}
