"""Train two more generators that the package ships: python tools/make_page_weights.py

"number": the recipe `conditional` on `digits`. "hanzi": the recipe `dcgan` on `hanzi`. Batch
norm, which only scales and shifts once training is over, is folded into the layer before it, so
that the page needs none. Stored as float16.
"""

import time

import torch
from safetensors.torch import save_file
from torch import nn

from gan_lesson import WEIGHTS
from gan_lesson.config import TrainingConfig
from gan_lesson.data import load_images
from gan_lesson.recipes import build_networks, train
from gan_lesson.runs import start


def folded(layers):
    """Weights and biases of the layers that have some, each with the batch norm that follows it."""
    found = []
    for layer in layers:
        if isinstance(layer, nn.Linear | nn.ConvTranspose2d):
            found.append([layer.weight.detach().clone(), layer.bias.detach().clone()])
            place = 0 if isinstance(layer, nn.Linear) else 1  # where the outputs stand
        elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            scale = layer.weight / torch.sqrt(layer.running_var + layer.eps)
            shift = layer.bias - layer.running_mean * scale
            weight, bias = found[-1]
            times = len(bias) // len(scale)  # a channel of an image is many outputs
            scale, shift = (each.detach().repeat_interleave(times) for each in (scale, shift))
            along = [1] * weight.dim()
            along[place] = -1
            found[-1] = [weight * scale.view(along), bias * scale + shift]
    return found


def store(name, pairs):
    """Write weights and biases, as float16 in the order of the layers."""
    tensors = {}
    for number, (weight, bias) in enumerate(pairs):
        tensors[f"{number}.weight"] = weight.half().contiguous()
        tensors[f"{number}.bias"] = bias.half().contiguous()
    path = WEIGHTS / f"generator_{name}.safetensors"
    save_file(tensors, path)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", flush=True)


def main():
    for name, model, dataset in (
        ("number", "conditional", "digits"),
        ("hanzi", "dcgan", "hanzi"),
    ):
        started = time.monotonic()
        config = TrainingConfig(dataset=dataset, model=model)
        images, labels = load_images(dataset)
        state = start(build_networks, config)
        for _ in train(state, images, labels):
            pass
        store(name, folded(state.drawer.eval().model))
        print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
