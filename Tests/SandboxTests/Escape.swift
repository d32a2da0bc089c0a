import Testing

/// An attempt to get out of the sandbox, or to harm what is outside, and what must come of it.
///
/// Most begin at `json.codecs.sys.modules`, which the syntax check cannot know: the attempts are made against the sandbox itself.
struct Escape: CustomTestStringConvertible, Sendable {
  enum Ending: Sendable {
    /// The code runs to its end and prints this.
    case prints(String)
    /// The code makes up its own result, which is this.
    case forges(String)
    /// The code ends with an error that contains this.
    case fails(String)
    /// The syntax check finds this.
    case isRefused(String)
    /// The time limit ends it.
    case timesOut
    /// The process is gone.
    case ends
  }

  let name: String
  let code: String
  let ending: Ending

  var testDescription: String { name }

  init(_ name: String, _ ending: Ending, _ code: String) {
    self.name = name
    self.code = code
    self.ending = ending
  }

  /// What every attempt may use; itself beyond what the check wants to allow.
  static let tools = """
    import json
    sys = json.codecs.sys
    os = sys.modules["os"]
    builtins = json.codecs.builtins
    load = sys.modules["importlib"].import_module
    def attempt(f, *arguments):
        try:
            return "done: " + str(f(*arguments))
        except OSError as error:
            return load("errno").errorcode[error.errno] if error.errno else str(error)

    """

  static let all = files + filling + network + environment + processes + privileges + check
}
