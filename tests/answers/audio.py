"""Right and typical wrong answers to the exercises on audio."""

import torch

ANSWERS = {
    "audio.1": (
        [0, 12, 19, 24, 28],
        {
            "These are 1, 2, 4, 8 and 16": [0, 12, 24, 36, 48],
            "The steps are right": [12, 24, 31, 36, 40],
            "5 wheels up, the frequency": [0, 12, 5, 24, 28],
            "18 wheels up": torch.tensor([0, 12, 18, 24, 28]),
            "The answer should be five": [1, 2, 3, 4],
            "The answer should be five whole": [0, 12, 19.02, 24, 27.86],
        },
    ),
    "audio.2": (
        2,
        {
            "4 times is a shift by half": 4,
            "This is the error itself": 1,
            "This is the spectrogram's": 0,
            "This is how many times the height": 1.414,
            "This is the error of silence": 0.5,
            "3 is not it.": 3,
            "The answer should be a number;": "2",
        },
    ),
    "audio.3": (
        (0, 20),
        {
            "off: how far is each": (20, 20),
            "off is 10?": (10, 20),
            "missed: half of the real": (0, 0),
            "40 dB is the half": (0, 40),
            "missed is 30?": (0, 30),
            "The answer should be 2 numbers": 20,
        },
    ),
}
