"""Forecasts panels of counts with this extension and with peers, and judges them: see run."""
import argparse
import csv
import io
import pathlib
import subprocess
import sys

import numpy
import pandas
from statsforecast import StatsForecast
from statsforecast.models import TSB, CrostonSBA, SeasonalNaive
from statsforecast.utils import ConformalIntervals

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import generate  # noqa: E402

FIRST_SEED = 101  # of those before, choices were made
QUANTILES = (0.5, 0.9, 0.95)
ORIGIN = {"month": pandas.Timestamp("2024-12-01"), "day": pandas.Timestamp("2024-12-31")}
OFFSET = {"month": "MS", "day": "D"}
PSQL = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]


def sql(statements, rows=None):
    """What psql prints of statements; rows: what a COPY among them reads."""
    result = subprocess.run(PSQL + ["-c", "SET client_min_messages = warning"] + [part for text in statements for part in ("-c", text)],
                            input=rows, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        sys.exit(result.stderr)
    return result.stdout


def long_table(panel):
    """unique_id, ds, y of what is known."""
    _, _, _, frequency, series = panel
    return pandas.concat([
        pandas.DataFrame({"unique_id": f"{i:04}", "ds": pandas.date_range(end=ORIGIN[frequency], periods=len(known), freq=OFFSET[frequency]), "y": known.astype(float)})
        for i, (known, _) in enumerate(series)])


def ours(panel, options):
    """Point forecasts (series, horizon), and quantiles (series, horizon, quantiles)."""
    _, _, horizon, _, series = panel
    rows = long_table(panel)[["unique_id", "ds", "y"]].to_csv(index=False, header=False)
    text = sql(["CREATE TEMP TABLE sale (part text, day date, sold float8)", "COPY sale FROM STDIN WITH CSV",
                f"""COPY (SELECT f.series, f.step, f.forecast, f.quantiles[1], f.quantiles[2], f.quantiles[3]
                FROM (SELECT lstm_train('sale', 'day', 'sold', 'part', options => '{{"horizon": {horizon}}}'::jsonb || '{options}') AS model) AS m,
                lstm_forecast(m.model, quantiles => '{{0.5, 0.9, 0.95}}') AS f ORDER BY 1, 2) TO STDOUT WITH CSV"""], rows)
    table = numpy.array([[float(x) for x in row[2:]] for row in csv.reader(io.StringIO(text))]).reshape(len(series), horizon, 4)
    return table[:, :, 0], table[:, :, 1:]


def peers(panel):
    """The same of each peer, with quantiles of both ways: of residuals, and conformal ones."""
    _, season, horizon, frequency, series = panel
    table = long_table(panel)
    models = [CrostonSBA(), TSB(alpha_d=0.2, alpha_p=0.2), SeasonalNaive(season)]
    names = ["CrostonSBA", "TSB", "SeasonalNaive"]
    forecaster = StatsForecast(models=models, freq=OFFSET[frequency])
    points = forecaster.forecast(df=table, h=horizon, fitted=True)
    fitted = forecaster.forecast_fitted_values()
    conformal = StatsForecast(models=models, freq=OFFSET[frequency]).forecast(
        df=table, h=horizon, level=[80, 90], prediction_intervals=ConformalIntervals(n_windows=2, h=horizon))
    found = {}
    for name in names:
        point = points[name].to_numpy().reshape(len(series), horizon)
        residual = numpy.zeros((len(series), len(QUANTILES)))
        for i, (_, own) in enumerate(fitted.groupby("unique_id", sort=True)):
            error = (own["y"] - own[name]).to_numpy()
            residual[i] = numpy.quantile(error[numpy.isfinite(error)], QUANTILES)
        found[name, "residuals"] = point, numpy.maximum(point[:, :, None] + residual[:, None, :], 0)
        upper = [conformal[f"{name}-hi-{level}"].to_numpy().reshape(len(series), horizon) for level in (80, 90)]
        found[name, "conformal"] = point, numpy.maximum(numpy.stack([point, *upper], axis=2), 0)
    return found


def judge(panel, forecast):
    """RMSSE, scaled pinball losses, and how many observations lie at or below each quantile: means over series."""
    point, quantiles = forecast
    figures = []
    for i, (known, after) in enumerate(panel[4]):
        used = known[numpy.argmax(known > 0):].astype(float)
        change = numpy.diff(used)
        if len(change) == 0 or not change.any():
            continue
        error = after[:, None] - quantiles[i]
        pinball = numpy.where(error >= 0, error * QUANTILES, error * (numpy.array(QUANTILES) - 1)).mean(axis=0)
        figures.append([numpy.sqrt(numpy.mean((after - point[i]) ** 2) / numpy.mean(change ** 2)),
                        *(pinball / numpy.mean(numpy.abs(change))), *(error <= 0).mean(axis=0)])
    return numpy.mean(figures, axis=0)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("seeds", type=int)
    arguments.add_argument("--options", default="{}", help="of lstm_train")
    arguments.add_argument("--alone", action="store_true", help="without statsforecast")
    asked = arguments.parse_args()
    for kind, make in generate.panels.items():
        rows = {}
        for seed in range(FIRST_SEED, FIRST_SEED + asked.seeds):
            panel = make(seed)
            rows.setdefault(("lstm_forecast", ""), []).append(judge(panel, ours(panel, asked.options)))
            for name, forecast in ({} if asked.alone else peers(panel)).items():
                rows.setdefault(name, []).append(judge(panel, forecast))
        print(f"\n{kind}\n\n| | RMSSE | pinball .5 | .9 | .95 | at or below .5 | .9 | .95 |\n|---|--:|--:|--:|--:|--:|--:|--:|")
        for (name, way), found in rows.items():
            print(f"| {name}{', ' + way if way else ''} | " + " | ".join(f"{x:.4f}" for x in numpy.mean(found, axis=0)) + " |", flush=True)


if __name__ == "__main__":
    main()
