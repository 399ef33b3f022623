"""Panels of counts, the same for a seed everywhere.

A panel is (name, season, horizon, frequency, series): each series an array of known counts and one of the counts that
follow.
"""
import numpy


def draw(random, mean, size_shape):
    """Negative binomial counts of these means; the variance is mean + mean^2 / size_shape."""
    return random.poisson(random.gamma(size_shape, numpy.asarray(mean) / size_shape))


def parts(seed, count=80, horizon=6):
    """Spare parts of a car dealer by month: 30 to 50 months, 60 to 95 % of them without a sale, sizes in clumps; three of
    ten are on their way out."""
    random = numpy.random.default_rng([1, seed])
    series = []
    while len(series) < count:
        length = random.integers(30, 51) + horizon
        rate = random.uniform(0.05, 0.4) * numpy.ones(length)
        if random.random() < 0.3:
            rate = rate * numpy.linspace(1.6, random.uniform(0.1, 0.6), length)
        size = 1 + draw(random, random.uniform(0, 4) * numpy.ones(length), random.uniform(0.5, 3))
        value = numpy.where(random.random(length) < rate, size, 0)
        if 0.6 <= numpy.mean(value[:-horizon] == 0) <= 0.95:
            series.append((value[:-horizon], value[-horizon:]))
    return "parts", 12, horizon, "month", series


def dishes(seed, count=6, horizon=14):
    """Portions of the dishes of a restaurant by day, 30 to 60 % of the days without one: a weekly profile, some weeks
    livelier than others, a slow drift over the year."""
    random = numpy.random.default_rng([2, seed])
    series = []
    while len(series) < count:
        length = random.integers(300, 430) + horizon
        week = random.gamma(2.0, 0.5, 7)
        level = random.uniform(0.6, 3)
        drift = numpy.exp(numpy.linspace(0, random.uniform(-0.5, 0.5), length))
        lively = numpy.repeat(random.gamma(15, 1 / 15, length // 7 + 1), 7)[:length]
        value = draw(random, level * drift * lively * week[numpy.arange(length) % 7], random.uniform(1.5, 6))
        if 0.3 <= numpy.mean(value[:-horizon] == 0) <= 0.6:
            series.append((value[:-horizon], value[-horizon:]))
    return "dishes", 7, horizon, "day", series


panels = {"parts": parts, "dishes": dishes}
