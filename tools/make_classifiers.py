"""Train the classifiers that the package ships: python tools/make_classifiers.py MNIST_ROOT

digits: trained on four fifths of scikit-learn's digits, tested on every fifth.
digits-doubt: the same, and trained to be unsure of noisy images.
mnist: trained on MNIST's 60,000 training images, tested on its 10,000 test images.
"""

import sys

import torch
from torchvision.datasets import MNIST

from gan_lesson.data import load_images
from gan_lesson.metrics import logits_and_features, save_classifier, train_classifier


def make(name, train, test, epochs, doubt=False):
    """Train one classifier, say how often it is right on images it has not seen, and save it."""
    classifier = train_classifier(*train, epochs, doubt=doubt)
    right = (logits_and_features(test[0], classifier)[0].argmax(dim=1) == test[1]).double().mean()
    save_classifier(classifier, name)
    print(f"{name}: {right:.2%} of {len(test[1])} test images right")


def main(root):
    pixels, labels = load_images("digits")
    test = torch.arange(len(pixels)) % 5 == 0
    digits = (pixels[~test], labels[~test]), (pixels[test], labels[test])
    make("digits", *digits, epochs=60)
    make("digits-doubt", *digits, epochs=40, doubt=True)

    unseen = MNIST(root, train=False)
    test_pixels = unseen.data.unsqueeze(1) / 127.5 - 1
    make("mnist", load_images("mnist", root), (test_pixels, unseen.targets), epochs=8)


if __name__ == "__main__":
    main(*sys.argv[1:])
