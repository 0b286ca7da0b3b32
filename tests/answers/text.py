"""Right and typical wrong answers to the exercises on text to image."""

TARGETS = {"right": "C", "wrong": "B", "fake": "A"}
MODELS = {"ours": "D", "deaf": "C", "collapsed": "B", "table": "A"}

ANSWERS = {
    "text.1": (
        ("a thin, slanted three", "a slanted, thin three"),
        {
            "The words stand in the same order": ("a thin three", "a thin three"),
            "The sentences have different words,": ("a thin three", "a bold three"),
            "tells them apart; even a digit's": ("七", "seven"),
            "that were never learned: cat": ("a thin cat", "cat thin a"),
            "0 digits in": ("a thin", "thin a"),
            "are opposites": ("a thin, bold three", "a bold, thin three"),
            "The answer should be two sentences": "a thin three",
            "The answer should be two sentences,": ("a thin three", 3),
        },
        [["粗粗的、斜斜的七", "斜斜的、粗粗的七"], ("thin three", "three, thin")],
    ),
    "text.2": (
        TARGETS,
        {
            "right: without it, which kind of": TARGETS | {"right": "A"},
            "wrong: without it, the words": TARGETS | {"wrong": "A"},
            "fake: without it, the discriminator": TARGETS | {"fake": "B"},
            "fake is '?'": TARGETS | {"fake": "?"},
            "The answer should be a dictionary": "CBA",
        },
    ),
    "text.3": (
        MODELS,
        {
            "ours: it combines ways never": MODELS | {"ours": "A"},
            "deaf: without the words the": MODELS | {"deaf": "B"},
            "collapsed: without the latent": MODELS | {"collapsed": "D"},
            "table: it hands in real": MODELS | {"table": "D"},
            "The answer should be a dictionary": "D",
        },
    ),
}
