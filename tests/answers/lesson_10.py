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
    "10.1": (6_832_128, [213_504, 409_600, 6_422_528, 13_664_256, 6_865_408, 100]),
    "10.2": (1.46, [10, 13.7, 0.685, 1.54, 2]),
    "10.3": (
        average,
        [
            plain_mean,
            not_divided,
            divided_by_processes,
            writes_into_them,
            counts_of_the_wrong_part,
            only_for_several,
            lambda gradients, counts: 0.5,
            5,
        ],
    ),
    "10.4": (9, [5, 6, 8, 10, 8.5, 1]),
    "10.5": (434, [432, 433, 216, 218, 108, 500, 64]),
    "10.6": (
        right,
        [
            right | {"a": "bytes", "d": "prepare data once"},
            right | {"b": "larger parts", "c": "fewer launches"},
            right | {"e": "fewer launches"},
            {"a": "prepare data once"},
            list(right.values()),
        ],
    ),
}
