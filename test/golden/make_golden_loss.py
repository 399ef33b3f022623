#!/usr/bin/env python3
"""Golden files of the losses and of what their outputs mean, made with PyTorch and scipy.

Writes loss.txt and counts.txt beside this script.
"""
import math

import scipy.optimize
import scipy.stats
import torch
from golden import GoldenFile, hashed
from torch import nn
from torch.nn import functional

QUANTILES = [0.1, 0.5, 0.8]
OUTPUTS = {"mae": 1, "mse": 1, "huber": 1, "quantile": 1 + len(QUANTILES), "gaussian": 2, "student_t": 3}
LEAST_DEVIATION = 1e-3
SHIFT = math.log(math.expm1(1 - LEAST_DEVIATION))  # a deviation of 1 at 0


def deviation(plane):
    return LEAST_DEVIATION + functional.softplus(plane + SHIFT)


def freedom(plane):
    return 2 + functional.softplus(plane)


def pinball(quantile, forecast, target):
    return torch.maximum(quantile * (target - forecast), (quantile - 1) * (target - forecast))


def losses_of(kind, output, target):
    """The loss of every value. output: (O, ...)."""
    if kind == "quantile":
        pinballs = [pinball(q, output[0] + output[k + 1], target) for k, q in enumerate(QUANTILES)]
        return 2 * torch.stack(pinballs).mean(0)
    if kind == "gaussian":
        function = nn.GaussianNLLLoss(full=True, reduction="none")
        return function(output[0], target, deviation(output[1]) ** 2)
    if kind == "student_t":
        law = torch.distributions.StudentT(freedom(output[2]), output[0], deviation(output[1]))
        return -law.log_prob(target)
    function = {
        "mae": functional.l1_loss,
        "mse": functional.mse_loss,
        "huber": functional.huber_loss,
    }[kind]
    return function(output[0], target, reduction="none")


def loss_sum(kind, output, target, weight):
    return (weight * losses_of(kind, output, target)).sum()


def write_losses(file):
    output = hashed(1, 1, 40, scale=2.0)
    target = hashed(2, 40, scale=2.0)
    target[7] = output[0, 7]
    target[8] = output[0, 8] + 1.0
    weight = (torch.arange(40) % 5 != 3).double()
    for kind, outputs in OUTPUTS.items():
        if outputs > 1:
            output = hashed(3, outputs, 40, scale=4.0)
        for name, mask in [("all", torch.ones(40)), ("masked", weight)]:
            y = output.clone().requires_grad_()
            loss = loss_sum(kind, y, target, mask)
            (0.25 * loss).backward()
            file.write(f"{kind}.{name}.sum", loss)
            file.write(f"{kind}.{name}.derivative", y.grad)


def quantile_function(kind, output, levels):
    """Values of 40 steps at the levels, (levels, 40). output: (O, 40)."""
    normal = torch.distributions.Normal(0.0, 1.0)
    if kind == "gaussian":
        return output[0] + deviation(output[1]) * normal.icdf(levels)[:, None]
    if kind == "student_t":
        law = scipy.stats.t(freedom(output[2]), loc=output[0], scale=deviation(output[1]))
        return torch.stack([torch.tensor(law.ppf(level)) for level in levels.tolist()])
    known, _ = (output[0] + output[1:]).sort(0)
    trained = torch.tensor(QUANTILES)
    steps = torch.diff(known, dim=0)
    values = []
    for level in levels:
        outside = level < trained[0] or level > trained[-1]
        scale = normal.icdf if outside else lambda p: p
        i = min(max(int((trained < level).sum()) - 1, 0), len(trained) - 2)
        part = (scale(level) - scale(trained[i])) / (scale(trained[i + 1]) - scale(trained[i]))
        values.append(known[i] + part * steps[i])
    return torch.stack(values)


def write_quantiles(file):
    levels = torch.tensor([1e-6, 0.01, 0.05, 0.1, 0.3, 0.5, 0.6, 0.8, 0.9, 0.999, 1 - 1e-6])
    for kind in ["quantile", "gaussian", "student_t"]:
        output = hashed(4, OUTPUTS[kind], 40, scale=4.0)
        file.write(f"{kind}.quantiles", quantile_function(kind, output, levels))


def tweedie_log_density(x, mean, phi):
    """Of power 3/2, in torch: the sum over a Poisson number of exponential amounts."""
    expected = 2 * mean.sqrt() / phi
    amount = 0.5 * phi * mean.sqrt()
    number = torch.arange(1, 2000)[:, None]
    terms = (-expected + number * expected.log() - torch.lgamma(number + 1.0)
             + torch.distributions.Gamma(number.double(), 1 / amount).log_prob(torch.where(x > 0, x, 1.0)))
    return torch.where(x > 0, torch.logsumexp(terms, 0), -expected)


def count_law(kind, output, unit):
    """Mean and dispersion of every value."""
    mean = unit * functional.softplus(output[0])
    if kind == "poisson":
        return mean, None
    dispersion = functional.softplus(2 * output[1] + 1)
    return mean, ((1e-6 + dispersion) / unit.sqrt() if kind == "negative_binomial" else (1e-3 + dispersion) * unit.sqrt())


def count_losses(kind, output, target, unit):
    mean, dispersion = count_law(kind, output, unit)
    if kind == "poisson":
        return -torch.distributions.Poisson(mean).log_prob(target)
    if kind == "negative_binomial":
        return -torch.distributions.NegativeBinomial(1 / dispersion, logits=(dispersion * mean).log()).log_prob(target)
    return -tweedie_log_density(target, mean, dispersion)


def tweedie_cumulated(value, mean, phi):
    expected, amount = 2 * math.sqrt(mean) / phi, 0.5 * phi * math.sqrt(mean)
    number = torch.arange(1, 2000).numpy()
    return math.exp(-expected) + (scipy.stats.poisson.pmf(number, expected) * scipy.stats.gamma.cdf(value, number, scale=amount)).sum()


def count_quantile(kind, level, mean, dispersion):
    if kind == "poisson":
        return scipy.stats.poisson.ppf(level, mean)
    if kind == "negative_binomial":
        return scipy.stats.nbinom.ppf(level, 1 / dispersion, 1 / (1 + dispersion * mean))
    if tweedie_cumulated(0, mean, dispersion) >= level:
        return 0.0
    return scipy.optimize.brentq(lambda x: tweedie_cumulated(x, mean, dispersion) - level, 0, 1e4 * (mean + 1), xtol=1e-13, rtol=1e-13)


def write_counts(file):
    """Counts up to some thousands in windows of several units; each of the losses, and quantiles."""
    count = 40
    unit = 2.0 ** (torch.arange(count) % 7)
    target = torch.floor(unit * torch.relu(3 * hashed(2, count, scale=2.0)))
    weight = (torch.arange(count) % 5 != 3).double()
    for kind, outputs in [("poisson", 1), ("negative_binomial", 2), ("tweedie", 2)]:
        output = hashed(3, outputs, count, scale=4.0)
        for name, mask in [("all", torch.ones(count)), ("masked", weight)]:
            y = output.clone().requires_grad_()
            loss = (mask * count_losses(kind, y, target, unit)).sum()
            (0.25 * loss).backward()
            file.write(f"{kind}.{name}.sum", loss)
            file.write(f"{kind}.{name}.derivative", y.grad)
        mean, dispersion = count_law(kind, hashed(4, outputs, count, scale=4.0), 4 * unit)
        levels = [0.01, 0.1, 0.5, 0.8, 0.9, 0.95, 0.999]
        file.write(f"{kind}.quantiles", torch.tensor([[count_quantile(kind, level, float(mean[i]), 0 if dispersion is None else float(dispersion[i]))
                                                       for i in range(count)] for level in levels]))


def main():
    losses = GoldenFile("loss")
    write_losses(losses)
    write_quantiles(losses)
    write_counts(GoldenFile("counts"))


if __name__ == "__main__":
    main()
