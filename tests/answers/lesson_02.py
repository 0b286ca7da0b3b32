"""Right and typical wrong answers to the exercises of lesson 02."""

SHAPES = {
    "style": "E",
    "super_resolution": "B",
    "text_to_image": "C",
    "augmentation": "F",
    "games": "D",
    "audio": "A",
}
CURES = {"blurred": "adversarial", "another": "content", "flat": "adversarial"}

ANSWERS = {
    "02.1": (
        SHAPES,
        {
            "how many words does it know": SHAPES | {"text_to_image": "F", "augmentation": "C"},
            "how many labels do digits have": SHAPES | {"augmentation": "C"},
            "there is a layer for each kind": SHAPES | {"games": "F"},
            "one long row of numbers": SHAPES | {"audio": "D"},
            "the same one with more pixels": SHAPES | {"super_resolution": "E"},
            "lines go in": SHAPES | {"style": "A"},
            "style is '?': write one of": SHAPES | {"style": "?"},
            "The answer should be a dictionary": "BECDFA",
        },
    ),
    "02.2": (
        CURES,
        {
            "the average is the blur": CURES | {"blurred": "content"},
            "it is not this sketch": CURES | {"another": "adversarial"},
            "just what the content loss likes": CURES | {"flat": "content"},
            "flat is '?': write one of": CURES | {"flat": "?"},
            "The answer should be a dictionary": "adversarial",
        },
    ),
    "02.3": (
        [1, 0, 0, 0],
        {
            "what is there to object to": [0, 1, 1, 1],
            "the words do not describe it": [1, 1, 0, 0],
            "goes by origin, not by looks": [1, 0, 1, 0],
            "plain noise at that": [1, 0, 0, 1],
            "A target is 0 or 1": [1, 0, 0.5, 0],
            "The answer should be 4 numbers": [1, 0],
        },
    ),
}
