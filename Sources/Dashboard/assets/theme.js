// Before the first paint, so that nothing flashes: the chosen theme, else the system's.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen) document.documentElement.dataset.theme = chosen;
} catch {
  /* a browser may forbid storage: then the system's theme is it */
}
