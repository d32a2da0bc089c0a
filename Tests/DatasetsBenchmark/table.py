"""Prints the medians of the attempts that come in as lines of JSON, and judges them by the goals."""
import json
import statistics
import sys

attempts = [json.loads(line) for line in sys.stdin]
rows = attempts[0]["rows"]


def median(name):
    return statistics.median(attempt[name] for attempt in attempts)


speed = rows / median("import_ms") * 1000
profile = median("profile_ms")
# A profile grows with its rows; the goal is for 250,000.
goal = 3000 * max(1, rows / 250_000)
print(f"{rows:,} rows of 8 columns, {attempts[0]['bytes'] / 1e6:.1f} MB, median of {len(attempts)}\n")
print("| what | measured | of that computed | goal |\n| --- | --- | --- | --- |")
print(f"| import | {speed:,.0f} rows/s ({median('import_ms'):,.0f} ms) | {median('import_cpu_ms'):,.0f} ms | at least 200,000 rows/s |")
print(f"| profile | {profile:,.0f} ms | {median('profile_cpu_ms'):,.0f} ms | at most {goal:,.0f} ms |")
print(f"| count of rows | {median('count_ms'):.1f} ms | {median('count_cpu_ms'):.1f} ms | |")
print(f"| mean, median and deviation by category | {median('group_ms'):.0f} ms | {median('group_cpu_ms'):.0f} ms | |")
print(f"| largest 500 | {median('sort_ms'):.0f} ms | {median('sort_cpu_ms'):.0f} ms | |")
print(f"| most memory of the process, with the file itself | {max(a['rss_kb'] for a in attempts) / 1024:.0f} MB | | |")
sys.exit(0 if speed >= 200_000 and profile <= goal else 1)
