"""Right and typical wrong answers to the exercises of lesson 10."""


def average(gradients, counts):
    weighted = [count * gradient for gradient, count in zip(gradients, counts, strict=True)]
    return sum(weighted) / sum(counts)


def plain_mean(gradients, counts):
    return sum(gradients) / len(gradients)


def not_divided(gradients, counts):
    return average(gradients, counts) * sum(counts)


def divided_by_processes(gradients, counts):
    return not_divided(gradients, counts) / len(counts)


def writes_into_them(gradients, counts):
    for gradient, count in zip(gradients, counts, strict=True):
        gradient *= count
    return sum(gradients) / sum(counts)


def counts_of_the_wrong_part(gradients, counts):
    return average(gradients, counts[::-1])


def only_for_several(gradients, counts):
    return average(gradients, counts) if len(counts) > 1 else gradients[0] / counts[0]


right = {
    "a": "prepare data once",
    "b": "fewer launches",
    "c": "larger parts",
    "d": "bytes",
    "e": "better settings",
}
ANSWERS = {
    "10.1": (
        6_832_128,
        {
            "That is for one image; there": 213_504,
            "That is one layer only; add": 409_600,
            "is one layer only; add up": 6_422_528,
            "A multiply-add counts once": 13_664_256,
            "Biases are only added; count the": 6_865_408,
            "100 is not it: a layer": 100,
        },
    ),
    "10.2": (
        1.46,
        {
            "Only forward and backward passes are": 10,
            "That is the new step in": 13.7,
            "Upside down: the old time over": 0.685,
            "Forward and backward passes have not": 1.54,
            "2 is not it: first, how": 2,
        },
    ),
    "10.3": (
        average,
        {
            "This is the plain mean: the": plain_mean,
            "Divide by the number of all": not_divided,
            "Divide by the number of images,": divided_by_processes,
            "The function overwrites the tensors it": writes_into_them,
            "For three parts of 48, 12": counts_of_the_wrong_part,
            "With one process alone it should": only_for_several,
            "The function returns shape (), not": lambda gradients, counts: 0.5,
            "answer must be the function itself:": 5,
        },
    ),
    "10.4": (
        9,
        {
            "The 10 % that cannot be": 5,
            "10 % that cannot be split": 6,
            "8 processes are only 4.71 times": 8,
            "Fast enough, but not the fewest": 10,
            "8.5 is not it: it takes": 8.5,
            "One process is as fast as": 1,
        },
    ),
    "10.5": (
        434,
        {
            "With that it is a tie:": 432,
            "The batch has to be even,": 433,
            "One step waits twice: count c": 216,
            "step waits twice: count c twice;": 218,
            "What is saved is b ×": 108,
            "Two are faster, but it is": 500,
            "64 is not it: compare what": 64,
        },
    ),
    "10.6": (
        right,
        {
            "a: the time goes into preparing": right | {"a": "bytes", "d": "prepare data once"},
            "b: each operation has to be": right | {"b": "larger parts", "c": "fewer launches"},
            "c: working on 8 images takes": right | {"c": "fewer launches"},
            "d: each pixel takes four bytes": right | {"d": "larger parts"},
            "e: each step is quick enough,": right | {"e": "fewer launches"},
            "The answer should be a dictionary": {"a": "prepare data once"},
            "answer should be a dictionary with": list(right.values()),
        },
    ),
}
