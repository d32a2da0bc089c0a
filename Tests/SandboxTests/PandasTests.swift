import Basics
import Glibc
import Sandbox
import Synchronization
import TestKit
import Testing

@Suite(.enabled(SandboxHost.needsLibraries) { await SandboxHost.runs(PythonModule.allCases) })
struct PandasTests {
  private static let sandbox = Result { try TestSandbox(modules: PythonModule.allCases) }

  private static func value(_ code: String, table: TableFile? = nil, rows: [JSON] = []) async throws -> String
  {
    JSON.object(try await sandbox.get().run(code, table: table, rows: rows).value).text
  }

  @Test(
    arguments: [
      (
        "results = {'mean': np.mean([1, 2, 4]), 'n': np.int64(3), 'ok': np.bool_(True), 'nan': np.float32('nan')}",
        #"{"mean":2.3333333333333335,"n":3,"ok":true,"nan":null}"#
      ),
      ("results = {'a': np.arange(3), 'm': np.eye(2)}", #"{"a":[0,1,2],"m":[[1.0,0.0],[0.0,1.0]]}"#),
      (
        "results = pd.DataFrame({'x': [1, 2], 'y': ['a', None]})",
        #"{"output":[{"x":1,"y":"a"},{"x":2,"y":null}]}"#
      ),
      (
        "results = {'by': pd.DataFrame({'k': ['a', 'b', 'a'], 'v': [1, 2, 4]}).groupby('k')['v'].sum()}",
        #"{"by":{"a":5,"b":2}}"#
      ),
      (
        "results = {'t': pd.Timestamp('2031-02-03'), 'none': pd.NaT, 'na': pd.NA, 'd': np.datetime64('2031-02-03')}",
        #"{"t":"2031-02-03T00:00:00","none":null,"na":null,"d":"2031-02-03"}"#
      ),
      (
        """
        days = pd.to_datetime(pd.Series(['2031-02-03', '2031-02-04T05:06:07', None]))
        results = {'all': days.unique(), 'last': days.dropna().values.max(), 'far': np.datetime64('20000-01-01', 'us'),
          'span': (days.values[1] - days.values[0]), 'long': np.longdouble(1.5)}
        """,
        #"{"all":["2031-02-03T00:00:00","2031-02-04T05:06:07",null],"last":"2031-02-04T05:06:07","#
          + #""far":"20000-01-01T00:00:00.000000","span":"1 day, 5:06:07","long":1.5}"#
      ),
      (
        "results = {'differ': stats.ttest_ind([1, 2, 3, 4], [11, 12, 13, 14]).pvalue < 0.001}",
        #"{"differ":true}"#
      ),
      (
        "import pandas, numpy, scipy, statistics\nfrom scipy import optimize\nresults = {'same': pandas is pd}",
        #"{"same":true}"#
      ),
      (
        """
        few = pd.DataFrame({'x': [1, 2], 'y': ['a', 'b']})
        twice = pd.concat([few, few])
        results = {'rows': twice, 'beside': pd.concat([few, few], axis=1), 'labels': twice.set_index('y')['x'],
          'bare': twice['x'], 'once': few.set_index('y')}
        """,
        #"{"rows":[{"x":1,"y":"a"},{"x":2,"y":"b"},{"x":1,"y":"a"},{"x":2,"y":"b"}],"#
          + #""beside":[{"x":1,"y":"a","x.1":1,"y.1":"a"},{"x":2,"y":"b","x.1":2,"y.1":"b"}],"#
          + #""labels":[{"y":"a","x":1},{"y":"b","x":2},{"y":"a","x":1},{"y":"b","x":2}],"bare":[1,2,1,2],"#
          + #""once":{"x":{"a":1,"b":2}}}"#
      ),
      ("results = {'rows': len(df), 'more': len(result_df)}", #"{"rows":0,"more":0}"#),
      ("results = pd.Series([1, 4], index=['low', 'high'])", #"{"low":1,"high":4}"#),
    ])
  func `what numpy and pandas give becomes JSON`(code: String, value: String) async throws {
    #expect(try await Self.value(code) == value)
  }

  @Test func `result_df holds the rows of a query`() async throws {
    let rows: [JSON] = [
      ["region": "North", "n": 14], ["region": "South", "n": 9], ["region": nil, "n": 1.5],
    ]
    let value = try await Self.value(
      "results = {'columns': list(result_df.columns), 'sum': result_df['n'].sum()}", rows: rows)
    #expect(value == #"{"columns":["region","n"],"sum":24.5}"#)
  }

  @Test func `df is read from CSV, with its dates`() async throws {
    let scratch = ScratchFolder()
    let path = "\(scratch.path)/table.csv"
    write("region,amount,at\nNorth,10.5,2031-02-03\nSouth,,2031-02-05\n", to: path)
    let value = try await Self.value(
      "results = {'mean': df['amount'].mean(), 'days': (df['at'].max() - df['at'].min()).days}",
      table: TableFile(path: path, form: .csv, dateColumns: ["at", "none"]))
    #expect(value == #"{"mean":10.5,"days":2}"#)
  }

  @Test func `df is read from SQLite, whose table may have any name`() async throws {
    let scratch = ScratchFolder()
    let path = "\(scratch.path)/table.db"
    let made = try await Self.sandbox.get().run(
      Escape.tools + """
        sql = load("sqlite3").connect("/tmp/t.db")
        sql.execute('create table "a ""b" (x, y)')
        sql.executemany('insert into "a ""b" values (?, ?)', [(i, "n%d" % (i % 3)) for i in range(100)])
        sql.commit()
        print(load("base64").b64encode(builtins.open("/tmp/t.db", "rb").read()).decode())
        """)
    write(try #require(Base64.decode(made.value["output"]?.string ?? "")), to: path)
    let value = try await Self.value(
      "results = df.groupby('y')['x'].sum().to_dict()",
      table: TableFile(path: path, form: .sqlite(table: "a \"b")))
    #expect(value == #"{"n0":1683,"n1":1617,"n2":1650}"#)
  }

  @Test func `a planted outlier is found, as the prompt asks for it`() async throws {
    let rows = (0..<60).map { JSON.object(["x": .integer(Int64($0 == 41 ? 900 : 10 + $0 % 5))]) }
    let code = """
      z = np.abs(stats.zscore(result_df['x']))
      results = {'outliers': result_df[z > 2]['x'].tolist(), 'count': int((z > 2).sum())}
      """
    #expect(try await Self.value(code, rows: rows) == #"{"outliers":[900],"count":1}"#)
  }

  @Test func `a call with a worker that waits does not pay for the start of pandas`() async throws {
    let ready = Mutex(0)
    let log = Log(level: .debug) { event in
      if event.message == "Python worker ready" { ready.withLock { $0 += 1 } }
    }
    let sandbox = try TestSandbox(modules: PythonModule.allCases, log: log)
    let clock = ContinuousClock()
    let code = "results = {'mean': pd.Series([1, 2, 3]).mean()}"
    let cold = try await clock.measure { _ = try await sandbox.run(code) }
    var warm: [Duration] = []
    for number in 2...6 {
      try await eventually { ready.withLock { $0 } >= number }
      warm.append(try await clock.measure { _ = try await sandbox.run(code) })
    }
    #expect((warm.min() ?? cold) * 3 < cold)
  }

  @Test(
    arguments: [
      Escape("a file through pandas", .fails("FileNotFoundError"), "pd.read_csv('/etc/passwd')"),
      Escape("the network through pandas", .fails("URLError"), "pd.read_csv('http://169.254.169.254/')"),
      Escape("a shell through pandas", .prints("True"), "print(pd.io.common.os.system('id') != 0)"),
      Escape("an expression of pandas", .fails("not"), "pd.eval(\"__import__('os').getcwd()\")"),
      Escape(
        "a shell in a pickle", .prints("ENOENT"),
        """
        class Shell:
            def __reduce__(self): return os.system, ("id > /tmp/ran",)
        np.save("/tmp/x.npy", np.array([Shell()], dtype=object), allow_pickle=True)
        np.load("/tmp/x.npy", allow_pickle=True)
        print(attempt(os.stat, "/tmp/ran"))
        """),
      Escape("memory through numpy", .fails("MemoryError"), "np.zeros(1 << 33)"),
      Escape("a crash of a library", .ends, "np.ctypeslib.ctypes.memset(0, 1, 1)"),
    ])
  func `libraries do not get out either`(escape: Escape) async throws {
    let answer = try await Self.sandbox.get().answer(Escape.tools + escape.code)
    switch (escape.ending, answer) {
    case (.prints(let text), .success(let outcome)): #expect(outcome.printed == text + "\n")
    case (.fails(let words), .failure(let error)): #expect(error.message.contains(words), "\(error.message)")
    case (.ends, .failure(let error)): #expect(error.kind == .ended)
    default: Issue.record("\(answer)")
    }
  }

  private func write(_ text: String, to path: String) { write(Array(text.utf8), to: path) }

  private func write(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "w") else { return }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
  }
}
