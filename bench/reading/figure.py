"""Draws growth.svg with nothing but strings: see run."""
import math

WIDTH, HEIGHT = 460, 330
# the legend is above the axes, and the last label reaches beyond them
LEFT, RIGHT, TOP, BOTTOM = 62, 34, 74, 46
COLOURS = ["#1f5fa8", "#b45309"]


class Plot:
    """One pair of axes; x is logarithmic, y is either."""

    def __init__(self, offset, title, x_title, y_title, x_range, y_range, y_logarithmic):
        self.offset = offset
        self.x_range, self.y_range, self.y_logarithmic = x_range, y_range, y_logarithmic
        middle = offset + (LEFT + WIDTH - RIGHT) / 2
        self.parts = [
            f'<text x="{middle}" y="20" text-anchor="middle" font-weight="bold">{title}</text>',
            f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">{x_title}</text>',
            f'<text transform="translate({offset + 14},{(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
            f'text-anchor="middle">{y_title}</text>',
        ]
        self.legend = 0

    def x(self, value):
        low, high = (math.log10(bound) for bound in self.x_range)
        return self.offset + LEFT + (math.log10(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        low, high = self.y_range
        if self.y_logarithmic:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def ticks(self, x_ticks, y_ticks):
        for value in y_ticks:
            height = self.y(value)
            self.parts.append(
                f'<line x1="{self.x(self.x_range[0])}" x2="{self.x(self.x_range[1])}" y1="{height:.1f}" '
                f'y2="{height:.1f}" stroke="#ddd"/><text x="{self.offset + LEFT - 6}" y="{height + 4:.1f}" '
                f'text-anchor="end">{value:,g}</text>'
            )
        for value in x_ticks:
            place = self.x(value)
            self.parts.append(
                f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 4}" '
                f'stroke="#555"/><text x="{place:.1f}" y="{HEIGHT - BOTTOM + 17}" '
                f'text-anchor="middle">{value:,}</text>'
            )

    def line(self, name, points, dashed=False):
        colour = COLOURS[self.legend]
        places = [(self.x(x), self.y(y)) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        self.parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        height = 38 + 16 * self.legend
        start = self.offset + LEFT
        self.parts.append(
            f'<line x1="{start}" x2="{start + 22}" y1="{height}" y2="{height}" stroke="{colour}" '
            f'stroke-width="2"{dash}/><text x="{start + 28}" y="{height + 4}">{name}</text>'
        )
        self.legend += 1


def round_up(value):
    """The next of 1, 2, 5, 10, ..."""
    power = 10 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)


def plot_rows(by_rows):
    top = round_up(1.3 * max(max(ours, theirs) for _, ours, theirs in by_rows))
    sizes = [size for size, _, _ in by_rows]
    plot = Plot(0, "Reading", "rows", "ns a row", (sizes[0], sizes[-1]), (0, top), False)
    plot.ticks([10**power for power in range(5, 10) if sizes[0] <= 10**power <= sizes[-1]],
               [top * part / 5 for part in range(6)])
    plot.line("lstm_train, one step of a small network", [(size, ours) for size, ours, _ in by_rows])
    plot.line("count, avg, max", [(size, theirs) for size, _, theirs in by_rows], dashed=True)
    return plot.parts


def plot_series(by_series):
    times = [time for _, stored, fresh in by_series for time in (stored, fresh)]
    low = 10 ** math.floor(math.log10(min(times)))
    high = 10 ** math.ceil(math.log10(max(times)))
    counts = [count for count, _, _ in by_series]
    plot = Plot(WIDTH, "Forecasting", "series", "ms a statement", (counts[0], counts[-1]), (low, high), True)
    plot.ticks([100, 1000, 10000], [10**power for power in range(round(math.log10(low)), round(math.log10(high)) + 1)])
    plot.line("from rows of a table", [(count, fresh) for count, _, fresh in by_series])
    plot.line("from the model", [(count, stored) for count, stored, _ in by_series])
    return plot.parts


def write_figure(path, by_rows, by_series):
    parts = plot_rows(by_rows) + plot_series(by_series)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {2 * WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12" fill="#222">\n'
        '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )
