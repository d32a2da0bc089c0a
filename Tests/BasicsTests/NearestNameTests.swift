import Basics
import Testing

struct NearestNameTests {
  @Test(
    arguments: [
      ("prot", "port"), ("sevre", "serve"), ("PORT", "port"), ("hots", "host"), ("seed", "seed"),
      ("zzzzzz", nil),
      ("", nil),
    ])
  func `a slip finds its word`(typed: String, meant: String?) {
    #expect(nearestName(to: typed, among: ["host", "port", "serve", "seed"]) == meant)
  }
}
