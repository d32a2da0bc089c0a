"""The inside of the hub's Python sandbox: one process, one call, then it ends.

Started ahead of the call, it limits itself, imports the libraries and says `ready`. The call arrives as one line of JSON on standard
input. Before a byte of the caller's code is even parsed, the process gives up every system call but those a computation needs. The
syntax check below is there to explain early what will not work; what keeps the host safe is the sandbox around this process.

It speaks lines of JSON: {"state": "ready" | "failed" | "running" | "refused" | "error" | "done", ...}.
"""

import ast
import ctypes
import datetime
import decimal
import importlib
import io
import json
import math
import os
import resource
import sqlite3
import statistics
import sys

ALLOWED_IMPORTS = {"pandas", "numpy", "scipy", "math", "statistics", "json"}
REFUSED_CALLS = {
    "open", "exec", "eval", "__import__", "compile", "globals", "locals", "vars", "dir",
    "getattr", "setattr", "delattr", "hasattr",
}
# Names that would only hang or confuse here: there is nobody to ask.
ABSENT_BUILTINS = REFUSED_CALLS | {"input", "breakpoint", "help", "exit", "quit", "copyright", "credits", "license"}
CODE_NAME = "<code>"
MESSAGE_LIMIT = 2000
DEPTH_LIMIT = 64


def limit(options):
    """Sets the process's own limits; none of them can be raised again."""
    memory = options["memory"]
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, options["file_size"]),
        (resource.RLIMIT_NOFILE, options["open_files"]),
        (resource.RLIMIT_NPROC, options["processes"]),
    ):
        resource.setrlimit(what, (most, most))


def limit_processor(seconds):
    """Processor time for the call; the wall clock outside ends it first, unless that hangs."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))


def drop_system_calls(path):
    """Installs the filter that the hub has compiled; there is no way back."""
    with open(path, "rb") as file:
        program = file.read()

    class Program(ctypes.Structure):
        _fields_ = [("count", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]

    held = ctypes.create_string_buffer(program, len(program))
    described = Program(len(program) // 8, ctypes.cast(held, ctypes.c_void_p))
    system = ctypes.CDLL(None, use_errno=True)
    set_no_new_privileges, set_filter, filter_mode = 38, 22, 2
    if system.prctl(set_no_new_privileges, 1, 0, 0, 0) or system.prctl(
        set_filter, filter_mode, ctypes.byref(described), 0, 0
    ):
        number = ctypes.get_errno()
        raise OSError(number, "the filter of system calls was refused: " + os.strerror(number))


def faults(tree):
    """What the code may not do, in the order of the tree."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name.split(".")[0] not in ALLOWED_IMPORTS:
                    found.append(f"Import of '{name.name}' not allowed")
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module.split(".")[0] not in ALLOWED_IMPORTS:
                found.append(f"Import from '{module}' not allowed")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in REFUSED_CALLS:
                found.append(f"Call to '{node.func.id}' not allowed")
        elif isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            found.append(f"Access to private attribute '{node.attr}' not allowed")
    return found


def parse(code):
    """The tree of the code and what is wrong with it."""
    try:
        tree = ast.parse(code, CODE_NAME)
    except SyntaxError as error:
        place = f" (line {error.lineno})" if error.lineno else ""
        return None, [f"Syntax error: {error.msg}{place}"]
    except (ValueError, RecursionError, MemoryError) as error:
        return None, [f"Syntax error: {str(error) or 'the code is nested too deeply'}"]
    return tree, faults(tree)


class BoundedOutput(io.TextIOBase):
    """Keeps what is printed up to a limit and counts the rest as cut."""

    def __init__(self, most):
        self.most, self.kept, self.parts, self.is_cut = most, 0, [], False

    def writable(self):
        return True

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        room = self.most - self.kept
        if room > 0:
            self.parts.append(text[:room])
            self.kept += min(room, len(text))
        self.is_cut = self.is_cut or len(text) > room
        return len(text)

    def text(self):
        mark = f"\n[output cut after {self.most} characters]" if self.is_cut else ""
        return "".join(self.parts) + mark


def plain(value, depth=0):
    """The value as JSON can say it: numbers that are none become null, tables become records, what is unknown becomes text."""
    if value is None or isinstance(value, (bool, str)):
        return value if type(value) in (bool, str, type(None)) else str(value)
    if isinstance(value, int):
        # Beyond 64 bits a number would lose digits on its way to the reader: such a one goes as text, whole.
        return int(value) if -(2**63) <= value < 2**63 else str(int(value))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if depth >= DEPTH_LIMIT:
        return "…"
    if isinstance(value, dict):
        return {key_text(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict(), depth + 1)
    if isinstance(value, (list, tuple, set, frozenset, range)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        text = value.isoformat()
        return None if text == "NaT" else text
    if isinstance(value, decimal.Decimal):
        return plain(float(value))
    return plain_table(value, depth)


def key_text(key):
    if isinstance(key, str):
        return str(key)
    if isinstance(key, tuple):
        return ", ".join(key_text(part) for part in key)
    named = plain(key)
    return named if isinstance(named, str) else json.dumps(named)


def plain_table(value, depth):
    """The types of numpy and pandas, as far as those are there."""
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is not None:
        if isinstance(value, (pandas.DataFrame, pandas.Series)):
            return plain(labelled(value, pandas), depth)
        if isinstance(value, pandas.Index) or isinstance(value, pandas.api.extensions.ExtensionArray):
            return plain(value.tolist(), depth)
        if value is pandas.NaT or value is pandas.NA:
            return None
    if numpy is not None:
        if isinstance(value, (numpy.ndarray, numpy.generic)) and value.dtype.kind in "mM":
            return plain_times(value)
        if isinstance(value, numpy.ndarray):
            return plain(value.tolist(), depth)
        if isinstance(value, numpy.floating):
            return plain(float(value))
        if isinstance(value, numpy.generic):
            item = value.item()
            return str(value) if isinstance(item, numpy.generic) else plain(item, depth)
    if isinstance(value, complex):
        return str(value)
    return str(value)[:MESSAGE_LIMIT]


def labelled(value, pandas):
    """A frame or a series in lists and dicts: by its labels, or row by row where they only count or where one of them comes twice."""
    if isinstance(value, pandas.Series):
        rows, column = value.tolist(), "value" if value.name is None else value.name
    else:
        if not value.columns.is_unique:
            value = value.set_axis(told_apart(value.columns), axis=1)
        rows, column = value.to_dict(orient="records"), None
    index = value.index
    if isinstance(index, pandas.RangeIndex):
        return rows
    if index.is_unique:
        return value.to_dict()
    if index.name is None and index.dtype.kind in "iu":
        return rows
    name = "index" if index.name is None else index.name
    return [{name: label, **(row if column is None else {column: row})} for label, row in zip(index.tolist(), rows)]


def told_apart(names):
    """The names as texts; the second `x` becomes `x.1`, as pandas has it when it reads a file."""
    apart = {}
    for name in map(key_text, names):
        own, number = name, 0
        while own in apart:
            number += 1
            own = f"{name}.{number}"
        apart[own] = None
    return list(apart)


def plain_times(value):
    """Moments and spans of numpy; of those finer than Python's, and of those beyond its years, numpy itself gives bare numbers."""
    if value.ndim:
        return [plain_times(part) for part in value]
    unit = sys.modules["numpy"].datetime_data(value.dtype)[0]
    own = "datetime64[us]" if value.dtype.kind == "M" else "timedelta64[us]"
    item = (value.astype(own) if unit in ("ns", "ps", "fs", "as") else value).item()
    return str(value) if isinstance(item, int) else plain(item)


def as_object(value):
    """Answers are objects; anything else is their `output`."""
    return value if isinstance(value, dict) else {"output": value}


def printed_value(output):
    """What was printed: its JSON, or its text, or nothing."""
    text = output.text()
    if not text.strip():
        return {}
    if not output.is_cut:
        try:
            return as_object(plain(json.loads(text, parse_constant=lambda _: None)))
        except (ValueError, RecursionError):
            pass
    return {"output": text.rstrip("\n")}


def explain(error, memory):
    """Type, message and line of the caller's code."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == CODE_NAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    try:
        message = str(error)
    except BaseException:
        message = ""
    if isinstance(error, MemoryError):
        message = f"the code needs more than the {memory // (1024 * 1024)} MB it may have"
    place = f" (line {line})" if line else ""
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return text[:MESSAGE_LIMIT] + place


def load_table(call):
    """The data set, from the file that lies in the worker's own read-only folder."""
    import pandas

    table = call.get("table")
    if table is None:
        return pandas.DataFrame()
    if table["form"] == "csv":
        frame = pandas.read_csv(table["path"])
    else:
        # Immutable: nothing writes here, and a read-only folder has no place for SQLite's own files.
        with sqlite3.connect(f"file:{table['path']}?mode=ro&immutable=1", uri=True) as connection:
            name = table["name"].replace('"', '""')
            frame = pandas.read_sql_query(f'SELECT * FROM "{name}"', connection)
    for column in table.get("dates", []):
        if column in frame.columns:
            frame[column] = pandas.to_datetime(frame[column], errors="coerce")
    return frame


def guarded_import(name, scope=None, local_scope=None, wanted=(), level=0):
    if name.split(".")[0] not in ALLOWED_IMPORTS or level:
        raise ImportError(f"Import of '{name}' not allowed")
    return importlib.__import__(name, scope, local_scope, wanted, level)


def given_names(tree, call):
    """The names the code begins with; what costs time is only made when the code mentions it."""
    mentioned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    import builtins

    kept = {name: value for name, value in vars(builtins).items() if name not in ABSENT_BUILTINS}
    kept["__import__"] = guarded_import
    names = {"__name__": "__main__", "__builtins__": kept, "math": math, "json": json, "statistics": statistics}
    for name, module in (("pd", "pandas"), ("np", "numpy"), ("stats", "scipy.stats")):
        if module in sys.modules:
            names[name] = sys.modules[module]
    if "pandas" in sys.modules:
        if "df" in mentioned:
            names["df"] = load_table(call)
        if "result_df" in mentioned:
            names["result_df"] = sys.modules["pandas"].DataFrame(call.get("rows") or [])
    return names


def run(tree, names, options):
    """Executes the code and gives the report of how it ended."""
    output = BoundedOutput(options["output"])
    sys.stdout, sys.stderr = output, BoundedOutput(0)
    try:
        try:
            exec(compile(tree, CODE_NAME, "exec"), names)
        except SystemExit:
            pass
        if "results" in names:
            value = as_object(plain(names["results"]))
        else:
            value = printed_value(output)
        answer = json.dumps(value, allow_nan=False)
        if len(answer) > options["answer"]:
            return failure(f"The results are larger than {options['answer']} bytes; leave less in them.")
        return f'{{"state": "done", "value": {answer}, "printed": {json.dumps(output.text())}}}'
    except BaseException as error:
        return failure(explain(error, options["memory"]))


def failure(text):
    return json.dumps({"state": "error", "error": text})


def detach():
    """Takes the three standard descriptors away from the code; the hub's line stays with this module."""
    channel = os.dup(1)
    for_nothing = os.open("/dev/null", os.O_RDWR)
    os.dup2(for_nothing, 1)
    return channel, for_nothing


def main():
    options = json.loads(sys.argv[1])
    limit(options)
    channel, for_nothing = detach()

    def say(line):
        rest = line.encode() + b"\n"
        while rest:
            rest = rest[os.write(channel, rest):]

    try:
        for module in options["modules"]:
            importlib.import_module("scipy.stats" if module == "scipy" else module)
    except BaseException as error:
        say(json.dumps({"state": "failed", "error": explain(error, options["memory"])}))
        return
    say(json.dumps({"state": "ready"}))

    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return
    call = json.loads(line)
    os.dup2(for_nothing, 0)
    os.dup2(for_nothing, 2)
    drop_system_calls(options["filter"])

    tree, found = parse(call["code"])
    if found:
        say(json.dumps({"state": "refused", "errors": found}))
        return
    try:
        names = given_names(tree, call)
    except BaseException as error:
        say(json.dumps({"state": "error", "error": "Reading the data set failed: " + explain(error, options["memory"])}))
        return
    limit_processor(call["seconds"])
    say(json.dumps({"state": "running"}))
    say(run(tree, names, options))


main()
os._exit(0)
