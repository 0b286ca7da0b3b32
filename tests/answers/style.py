"""Right and typical wrong answers to the exercises on style transfer."""

CURES = {"blurred": "adversarial", "another": "content", "flat": "adversarial"}

ANSWERS = {
    "style.1": (
        CURES,
        {
            "blurred: more content loss": CURES | {"blurred": "content"},
            "another: it looks like a real": CURES | {"another": "adversarial"},
            "flat: the average of all": CURES | {"flat": "content"},
            "flat is '?'": CURES | {"flat": "?"},
            "The answer should be a dictionary": "adversarial",
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
