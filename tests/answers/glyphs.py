"""Right and typical wrong answers to the exercises on image generation."""

ROWS = {"honest": "B", "copier": "C", "fog": "A", "collapsed": "D"}

ANSWERS = {
    "glyphs.1": (
        2 * 10 * 2 / (2 * (10 + 2)),
        {
            "Then the edges are 20 long;": 2.0,
            "Only one end is counted; both": 40 / 22,
            "The 2 in front is missing:": 20 / 24,
            "That is half of the edge;": 40 / 12,
            "Upside down: ink above, edges below.": 24 / 40,
            "A width is never negative.": -1.67,
            "1.00 is not it. The ink": 1.0,
            "The answer should be a number;": "1.67",
        },
    ),
    "glyphs.2": (
        ROWS,
        {
            "honest: real beside real": ROWS | {"honest": "C", "copier": "B"},
            "copier: moved by a pixel": ROWS | {"copier": "D", "collapsed": "C"},
            "fog: fog is grey": ROWS | {"fog": "D", "collapsed": "A"},
            "collapsed: it is like one": ROWS | {"collapsed": "B"},
            "fog is '?'": ROWS | {"fog": "?"},
            "The answer should be a dictionary": "BCAD",
        },
    ),
    "glyphs.3": (
        8,
        {
            "Five is what luck gets": 5,
            "Luck still gets 6 or more": 6,
            "Luck still gets 7 or more": 7,
            "Strict enough, but a smaller": 9,
            "The number of right ones is": 7.5,
            "Only 10 are invented.": 11,
            "3 is not it. There are": 3,
            "The answer should be a number;": "8",
        },
    ),
}
