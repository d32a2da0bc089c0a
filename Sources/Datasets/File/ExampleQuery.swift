/// What people are shown to begin with.
package enum ExampleQuery {
  /// A question to any data set.
  package static let sql = "SELECT count(*) AS n FROM \(DatasetSchema.table)"
}
