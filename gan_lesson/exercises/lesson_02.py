"""The exercises of lesson 02: what goes in and comes out, which loss, which target."""

from gan_lesson.exercises.answers import choices, number, numbers

exercise_1 = choices(
    {
        "style": "E",
        "super_resolution": "B",
        "text_to_image": "C",
        "augmentation": "F",
        "games": "D",
        "audio": "A",
    },
    praise="""答對了！形狀一看，就知道進去的有沒有條件、出來的是什麼。
        Right! The shapes tell whether there is a condition and what comes out.""",
    hints={
        "style": """進去的是線條（一層），出來的是一樣大、有顏色的圖。
            lines go in (one layer), and an image of the same size, in colour, comes out.""",
        "super_resolution": """進去的是一張小圖，出來的是同一張、但像素更多。
            a small image goes in, and the same one with more pixels comes out.""",
        "text_to_image": """輸入是潛在向量接上詞表；題目說詞表有幾個詞？
            the input is a latent vector joined to the words: how many words does it know?""",
        "augmentation": """輸入是潛在向量接上標籤；數字一共有幾種標籤？
            the input is a latent vector joined to a label: how many labels do digits have?""",
        "games": """地圖的每一格要替每一種格子各打一個分數，層數就是種類數。
            each tile of the map needs a score for each kind, so there is a layer for each
            kind.""",
        "audio": """聲音是一長串數，不是有寬有高的圖。哪一個輸出只有一個方向？
            a sound is one long row of numbers, no width and height. Which output is like that?""",
    },
)


# Which loss should weigh more to mend a fault
exercise_2 = choices(
    {"blurred": "adversarial", "another": "content", "flat": "adversarial"},
    praise="""答對了！內容損失管對不對，對抗損失管像不像真的，兩個缺一不可。
        Right! The content loss sees to the right thing, the adversarial loss to real looks: it
        takes both.""",
    hints={
        "blurred": """加重內容損失只會更偏愛平均，平均正是模糊的來源。
            more content loss favours the average even more, and the average is the blur.""",
        "another": """像真的油畫，對抗損失已經滿意了；問題是畫的不是這一張。
            it looks like a real painting, so the adversarial loss is satisfied; the fault is that
            it is not this sketch.""",
        "flat": """各種配色的平均，像素誤差很小，內容損失正喜歡它；是誰會說「真畫不長這樣」？
            the average of all colourings has a small pixel error, just what the content loss likes.
            Who would say that real paintings do not look like this?""",
    },
)


def _target(expected, otherwise, praise=""):
    """A target in training: 1 or 0."""
    either = """目標只有 0 和 1。
        A target is 0 or 1."""
    return number(expected, mistakes={1 - expected: otherwise}, otherwise=either, praise=praise)


exercise_3 = numbers(
    _target(
        1,
        """第 1 對是真圖，文字也說對了：還有哪裡能挑剔？
            Pair 1 is a real image with the right words: what is there to object to?""",
    ),
    _target(
        0,
        """第 2 對的圖是真的，可是文字說的不是它。只看圖的辨別器，生成器就不必理文字了。
            In pair 2 the image is real, but the words do not describe it. If only looks count, the
            generator need not follow the words.""",
    ),
    _target(
        0,
        """第 3 對再怎麼像，都是生成的。訓練辨別器時，目標看的是來源，不是像不像。
            Pair 3 may look right, but it is generated. In training, the target of the discriminator
            goes by origin, not by looks.""",
    ),
    _target(
        0,
        """第 4 對是生成的，又是一片雜訊。
            Pair 4 is generated, and plain noise at that.""",
        praise="""答對了！只有「真圖配上對的文字」是 1；像真的、又合文字，兩樣都要。
            Right! Only a real image with its own words is 1: it must be real, and it must
            match.""",
    ),
    example="[1, 1, 1, 1]",
)
