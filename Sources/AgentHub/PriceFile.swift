import Basics
import Model
import Storage

/// The prices that a hub counts with: the delivered ones, or those of a file that the operator names.
enum PriceFile {
  /// - Throws: `unreadable_file`, `bad_value` when the file is no price table: wrong costs are worse than no start.
  static func table(_ settings: Settings) throws -> PriceTable {
    guard let path = settings.prices else { return try Assets.prices() }
    guard let text = try ProcessInput.current.readFile(path) else {
      throw LaunchError(
        .unreadableFile, "There is no price table \(path).", hint: "It was asked for by --prices.")
    }
    do {
      return try PriceTable(json: JSON.parse(text))
    } catch let error as PriceTableError {
      throw LaunchError(.badValue, "\(path) cannot be used: \(error.detail).", hint: error.hint)
    } catch {
      throw LaunchError(.badValue, "\(path) is not JSON: \(error)", hint: "Prices/README.md shows the form.")
    }
  }
}
