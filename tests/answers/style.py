"""Right and typical wrong answers to the exercises on style transfer."""

NAMES = {"a": "smooth", "b": "grain", "c": "another"}

ANSWERS = {
    "style.1": (
        NAMES,
        {
            "a: L1 is lowest and read is good": NAMES | {"a": "brushed"},
            "b: texture is that of the answers": NAMES | {"b": "brushed"},
            "c: texture and brushed are those": NAMES | {"c": "brushed"},
            "b is '?'": NAMES | {"b": "?"},
            "The answer should be a dictionary": "grain",
        },
    ),
    "style.2": (
        18,
        {
            "This adds up the kernels.": 11,
            "Each layer does add its kernel": 9,
            "That is the whole image.": 48,
            "That is what the first layer": 4,
            "That is what the first two": 10,
            "22 is not it: go back": 22,
            "18.5 is not it": 18.5,
            "The answer should be a number;": "18",
        },
    ),
    "style.3": (
        0.6,
        {
            "This is the mean, which has": 0.7 * 0.6 - 0.3 * 0.4,
            "This is midway between the two": 0.1,
            "This is the rarer of the": -0.4,
            "1 lies outside the two values,": 1.0,
            "How far off is 0.5 on": 0.5,
            "The answer should be a number;": "0.6",
        },
    ),
}
