#!/usr/bin/env python3
"""Golden files of the optimizers, of clipping and of the schedules, made with PyTorch.

Writes optimizer.txt beside this script.
"""
import torch
from golden import GoldenFile, hashed
from torch import nn


def write_optimizers(file):
    """Parameters after six steps with these gradients, plain and with weight decay."""
    kinds = {
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "sgd": torch.optim.SGD,
        "rmsprop": torch.optim.RMSprop,
    }
    for name, kind in kinds.items():
        for decay in [0.0, 0.125]:
            parameter = nn.Parameter(hashed(1, 37))
            optimizer = kind([parameter], lr=0.03125, weight_decay=decay)
            for step in range(6):
                parameter.grad = hashed(10 + step, 37, scale=2.0**-step)
                optimizer.step()
                file.write(f"{name}.{decay:g}.{step}", parameter)


def write_clipping(file):
    for limit in [0.5, 1.0, 100.0]:
        first, second = nn.Parameter(torch.zeros(20)), nn.Parameter(torch.zeros(17))
        first.grad, second.grad = hashed(5, 37)[:20].clone(), hashed(5, 37)[20:].clone()
        norm = torch.nn.utils.clip_grad_norm_([first, second], limit)
        file.write(f"clip.{limit:g}.norm", norm)
        file.write(f"clip.{limit:g}.gradient", torch.cat([first.grad, second.grad]))


def write_schedules(file):
    """Learning rates of 200 steps; the cosine after its warm-up of 4 steps."""
    schedules = {
        "cosine": (196, lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 196)),
        "onecycle": (
            200,
            lambda o: torch.optim.lr_scheduler.OneCycleLR(
                o, 0.125, total_steps=200, final_div_factor=400
            ),
        ),
        "step": (200, lambda o: torch.optim.lr_scheduler.StepLR(o, 20, 0.8)),
    }
    for name, (steps, make) in schedules.items():
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.125)
        schedule = make(optimizer)
        rates = []
        for _ in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        file.write(f"schedule.{name}", rates)


def main():
    optimizers = GoldenFile("optimizer")
    write_optimizers(optimizers)
    write_clipping(optimizers)
    write_schedules(optimizers)


if __name__ == "__main__":
    main()
