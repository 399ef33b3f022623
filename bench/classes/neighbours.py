"""1-nearest-neighbour with dynamic time warping (Sakoe and Chiba 1978; dependent over columns, squared differences)."""
import numpy


def distances(query, padded, lengths, window):
    """From one series to all of a padded stack (series, rows, columns), diagonal by diagonal; window is a share of the
    longer length that the path may stray from the straight one, None for any."""
    n = len(query)
    count, longest, _ = padded.shape
    before = numpy.full((count, n + 1), numpy.inf)
    two_before = before.copy()
    two_before[:, 0] = 0
    result = numpy.full(count, numpy.inf)
    allowed = None if window is None else numpy.ceil(window * numpy.maximum(lengths, n))
    for diagonal in range(2, n + longest + 1):
        low, high = max(1, diagonal - longest), min(n, diagonal - 1)
        i = numpy.arange(low, high + 1)
        cost = ((query[i - 1] - padded[:, diagonal - i - 1]) ** 2).sum(2)
        cost += numpy.minimum(
            numpy.minimum(before[:, low - 1 : high], before[:, low : high + 1]), two_before[:, low - 1 : high]
        )
        if allowed is not None:
            off = numpy.abs(i * (lengths[:, None] / n) - (diagonal - i))
            cost[off > allowed[:, None]] = numpy.inf
        now = numpy.full((count, n + 1), numpy.inf)
        now[:, low : high + 1] = cost
        ends = lengths + n == diagonal
        result[ends] = now[ends, n]
        two_before, before = before, now
    return result


def told(train, test, window):
    """The label of each test series' nearest neighbour among the training series."""
    lengths = numpy.array([len(series) for series in train.values])
    padded = numpy.zeros((len(lengths), lengths.max(), train.values[0].shape[1]))
    for k, series in enumerate(train.values):
        padded[k, : len(series)] = series
    return [train.labels[int(distances(query, padded, lengths, window).argmin())] for query in test.values]
