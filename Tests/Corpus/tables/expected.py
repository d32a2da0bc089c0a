"""Writes payments.csv and payments.json: a table with dirt, and what pandas, NumPy and SciPy say of it.

Run it only to change the table: python expected.py (needs pandas and scipy). The tests compare our profile with the JSON.
"""
import json
import math

import numpy as np
import pandas as pd
from scipy import stats

rng = np.random.default_rng(20)
N = 120
amount = np.round(rng.exponential(80, N) + 5, 2)
amount[7] = 2500.0
frame = pd.DataFrame({
    "payment_id": [f"P{i:04d}" for i in range(N)],
    "amount": amount,
    "fee": np.round(amount * 0.03 + rng.normal(0, 0.4, N), 3),
    "items": rng.integers(1, 40, N),
    "rating": rng.integers(1, 6, N),
    "status": rng.choice(["success", "failed", "pending", "declined"], N, p=[.7, .1, .1, .1]),
    "customer_region": rng.choice(["North", "South", "East"], N),
    "is_member": rng.choice([True, False], N),
    "paid_at": pd.Timestamp("2024-02-28 06:00:00") + pd.to_timedelta(np.sort(rng.integers(0, 90 * 86400, N)), unit="s"),
    "channel": ["web"] * N,
    "note": [None] * N,
})
missing = {"fee": [3, 5, 60], "customer_region": [5, 9], "rating": [60, 61]}
frame.loc[100] = frame.loc[40]
frame.loc[101] = frame.loc[40]
for column, rows in missing.items():
    frame.loc[rows, column] = None

with open("payments.csv", "w") as file:
    out = frame.copy()
    for name in ["rating", "items"]:
        out[name] = out[name].map(lambda v: "NA" if pd.isna(v) else str(int(v)))
    out["paid_at"] = out["paid_at"].map(lambda v: v.strftime("%Y-%m-%d %H:%M:%S"))
    out.to_csv(file, index=False)

pct = lambda part, whole: round(100 * part / whole, 2)
r4 = lambda v: None if v is None or (isinstance(v, float) and math.isnan(v)) else round(float(v), 4)
kinds = {"payment_id": "categorical", "amount": "numeric", "fee": "numeric", "items": "numeric",
         "rating": "categorical_numeric", "status": "categorical", "customer_region": "categorical",
         "is_member": "boolean", "paid_at": "datetime", "channel": "categorical", "note": "categorical"}


def fences(values, reach=1.5):
    q1, q3 = np.percentile(values, 25), np.percentile(values, 75)
    return q1 - reach * (q3 - q1), q3 + reach * (q3 - q1)


columns, baselines, outliers = [], {}, []
for name, kind in kinds.items():
    series = frame[name]
    values = series.dropna()
    column = {"name": name, "type": kind, "null_count": int(series.isna().sum()), "null_pct": pct(series.isna().sum(), N),
              "unique_count": int(series.nunique()), "unique_pct": pct(series.nunique(), N),
              "is_constant": series.nunique() == 1, "is_id_like": bool(series.nunique() == N and N > 10)}
    if kind == "numeric":
        v = values.astype(float)
        low, high = fences(v)
        beyond = v[(v < low) | (v > high)]
        z = np.abs((v - v.mean()) / v.std(ddof=0))
        p = stats.shapiro(v).pvalue
        column |= {"mean": r4(v.mean()), "std": r4(v.std()), "cv": r4(v.std() / abs(v.mean())), "min": r4(v.min()),
                   "p1": r4(np.percentile(v, 1)), "p25": r4(np.percentile(v, 25)), "median": r4(v.median()),
                   "p75": r4(np.percentile(v, 75)), "p99": r4(np.percentile(v, 99)), "max": r4(v.max()),
                   "iqr": r4(np.percentile(v, 75) - np.percentile(v, 25)), "skewness": r4(v.skew()),
                   "kurtosis": r4(v.kurt()), "zeros_pct": pct((v == 0).sum(), len(v)),
                   "negatives_pct": pct((v < 0).sum(), len(v)), "outlier_count_iqr": len(beyond),
                   "outlier_count_z": int((z > 3).sum()), "outlier_pct": pct(len(beyond), len(v)),
                   "is_normal_p": r4(p), "likely_normal": bool(p > 0.05)}
        baselines[name] = {"mean": r4(v.mean()), "median": r4(v.median()), "std": r4(v.std()), "sum": r4(v.sum()),
                           "p90": r4(np.percentile(v, 90))}
        if len(beyond):
            far = fences(v, 3)
            outliers.append({"column": name, "iqr_outliers": len(beyond), "iqr_outlier_pct": pct(len(beyond), len(v)),
                             "extreme_outliers": int(((v < far[0]) | (v > far[1])).sum()), "lower_fence": r4(low),
                             "upper_fence": r4(high), "min_outlier": r4(beyond.min()), "max_outlier": r4(beyond.max())})
    elif kind == "datetime":
        gaps = values.sort_values().diff().dropna().dt.total_seconds() / 86400
        column |= {"span_days": r4((values.max() - values.min()).total_seconds() / 86400),
                   "peak_hour": int(values.dt.hour.mode()[0]), "peak_month": int(values.dt.month.mode()[0]),
                   "median_gap_days": r4(gaps.median()), "max_gap_days": r4(gaps.max()), "has_time_component": True}
    elif len(values):
        counts = values.value_counts()
        best = int(counts.iloc[0])
        column |= {"top_value_count": best, "top_value_pct": pct(best, len(values)),
                   "rare_values": int((counts == 1).sum()), "rare_pct": pct((counts == 1).sum(), len(counts)),
                   "entropy": r4(stats.entropy(counts)), "is_dominated": bool(best / len(values) > 0.8)}
        if kind == "categorical_numeric":
            column |= {"mean": r4(values.astype(float).mean()), "median": r4(values.astype(float).median())}
    columns.append(column)

failed = frame["status"].isin(["failed", "declined"])
baselines["status__failure_rate"] = pct(failed.sum(), N)
baselines["status__success_rate"] = pct((frame["status"] == "success").sum(), N)

correlations = []
numeric = ["amount", "fee", "items"]
for i, a in enumerate(numeric):
    for b in numeric[i + 1:]:
        both = frame[[a, b]].astype(float).dropna()
        r = both[a].corr(both[b])
        if abs(r) >= 0.25:
            correlations.append({"col_a": a, "col_b": b, "pearson_r": r4(r),
                                 "spearman_r": r4(both[a].corr(both[b], method="spearman"))})
correlations.sort(key=lambda c: -abs(c["pearson_r"]))

cells = int(frame.isna().sum().sum())
dupes = int(frame.duplicated().sum())
constant = [c["name"] for c in columns if c["is_constant"]]
empty = [n for n in kinds if frame[n].isna().all()]
high = [n for n in kinds if frame[n].isna().mean() > 0.5]
score = 100 - 0.5 * 100 * cells / frame.size - 0.3 * 100 * dupes / N - 2 * len(constant) - 3 * len(empty) - len(high)
pairs = {}
for _, row in frame.iterrows():
    gone = [n for n in kinds if pd.isna(row[n])]
    for i, a in enumerate(gone):
        for b in gone[i + 1:]:
            pairs[(a, b)] = pairs.get((a, b), 0) + 1

segments = []
for dimension in ["status", "customer_region", "is_member", "channel"]:
    if not 2 <= frame[dimension].nunique() <= 25:
        continue
    for metric in numeric:
        groups = frame.dropna(subset=[dimension, metric]).groupby(dimension)[metric]
        rows = [{dimension: str(k).lower() if dimension == "is_member" else k, "count": len(g), "mean": r4(g.astype(float).mean()),
                 "median": r4(g.astype(float).median()), "std": r4(g.astype(float).std()), "total": r4(g.astype(float).sum())}
                for k, g in groups]
        segments.append({"dimension": dimension, "metric": metric, "data": sorted(rows, key=lambda r: -r["mean"])})

json.dump({
    "row_count": N, "col_count": len(kinds), "columns": columns, "baselines": baselines, "correlations": correlations,
    "health": {"score": round(score, 2), "completeness": round(100 - 100 * cells / frame.size, 2), "duplicate_rows": dupes,
               "duplicate_pct": pct(dupes, N), "constant_cols": constant, "all_null_cols": empty, "high_missing_cols": high,
               "missing_cells": cells},
    "missing_summary": {"affected_rows": int(frame.isna().any(axis=1).sum()),
                        "affected_column_names": [n for n in kinds if frame[n].isna().any()],
                        "co_missing": {f"{a}+{b}": n for (a, b), n in pairs.items()}},
    "outlier_summary": sorted(outliers, key=lambda o: -o["iqr_outlier_pct"]),
    "hours": {str(k): int(v) for k, v in frame["paid_at"].dt.hour.value_counts().sort_index().items()},
    "days": {k: int(v) for k, v in frame["paid_at"].dt.day_name().value_counts().items()},
    "months": {str(k): int(v) for k, v in frame["paid_at"].dt.month.value_counts().sort_index().items()},
    "segment_breakdown": segments[:8],
}, open("payments.json", "w"), indent=1)
