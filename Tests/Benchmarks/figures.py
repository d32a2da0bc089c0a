"""Medians, pairs and the table."""
from dataclasses import asdict, dataclass, field
from statistics import median


@dataclass
class Figure:
    """One line of the result: what was measured, against which goal."""

    name: str
    what: str
    values: list
    unit: str
    goal: float | None = None  # None is for information
    discarded: int = 0
    note: str = ""
    faults: list = field(default_factory=list)  # what makes the values worthless as a proof
    at_least: bool = False  # whether the goal is a floor instead of a ceiling

    @property
    def measured(self):
        return median(self.values) if self.values else None

    @property
    def verdict(self):
        if self.goal is None:
            return ""
        if self.measured is None:
            return "not measured"
        reached = self.measured >= self.goal if self.at_least else self.measured <= self.goal
        return "yes" if reached and not self.faults else "NO"

    def row(self):
        shown = "-"
        if self.values:
            shown = f"{short(self.measured)} {self.unit}"
            if len(self.values) > 1:
                shown += f" ({short(min(self.values))} to {short(max(self.values))}, n={len(self.values)})"
        goal = "" if self.goal is None else f"{'>=' if self.at_least else '<='} {short(self.goal)} {self.unit}"
        notes = [self.note] if self.note else []
        if self.discarded:
            notes.append(f"{self.discarded} starved runs discarded")
        notes += [f"**{fault}**" for fault in dict.fromkeys(self.faults)]
        return f"| {self.what} | {shown} | {goal} | {self.verdict} | {'; '.join(notes)} |"

    def as_json(self):
        return {**asdict(self), "measured": self.measured, "verdict": self.verdict}


def short(value):
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def table(figures):
    head = "| what | median (range) | goal | met | notes |\n|---|---|---|---|---|\n"
    return head + "\n".join(figure.row() for figure in figures)


def ratios(ours, peers):
    """Each of our runs over the peer's run nearest in time; a run is (when, value)."""
    if not peers:
        return []
    return [value / min(peers, key=lambda peer: abs(peer[0] - when))[1] for when, value in ours]
