/** What differs between two texts, line by line: `[" ", line]`, `["-", line]`, `["+", line]`; the shortest such list. */
export function diffLines(from, to) {
  const a = from.split("\n"),
    b = to.split("\n");
  // Lengths of the longest common rest of each pair of places; texts beyond this would take too much memory.
  if (a.length * b.length > 4e6) return [...a.map((line) => ["-", line]), ...b.map((line) => ["+", line])];
  const width = b.length + 1,
    rest = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      rest[i * width + j] =
        a[i] === b[j] ? rest[(i + 1) * width + j + 1] + 1 : Math.max(rest[(i + 1) * width + j], rest[i * width + j + 1]);
  const lines = [];
  let i = 0,
    j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push([" ", a[i]]);
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && rest[(i + 1) * width + j] >= rest[i * width + j + 1])) lines.push(["-", a[i++]]);
    else lines.push(["+", b[j++]]);
  }
  return lines;
}
