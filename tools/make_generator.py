"""Train the generator that the package ships: python tools/make_generator.py

The course's defaults: all 200 epochs of `digits`, seed 0; it draws with the moving average of its
weights, which leaves fewer speckles. They are stored as float16, which halves the file.
"""

from safetensors.torch import save_file

from gan_lesson import WEIGHTS
from gan_lesson.config import TrainingConfig
from gan_lesson.data import load_images
from gan_lesson.metrics import load_classifier, measure
from gan_lesson.models import load_generator
from gan_lesson.recipes import build_networks
from gan_lesson.runs import fixed_noise, sample, start
from gan_lesson.training import train


def main():
    config = TrainingConfig()
    images, _ = load_images(config.dataset)
    state = start(build_networks, config)
    for _ in train(state, images):
        pass
    weights = {name: tensor.half() for name, tensor in state.drawer.state_dict().items()}
    path = WEIGHTS / f"generator_{config.dataset}.safetensors"
    save_file(weights, path)
    noise, judge = fixed_noise(config, 1000), load_classifier(config.dataset)
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")
    print("as trained:", measure(sample(state.drawer, noise), judge))
    print("as stored: ", measure(sample(load_generator(), noise), judge))


if __name__ == "__main__":
    main()
