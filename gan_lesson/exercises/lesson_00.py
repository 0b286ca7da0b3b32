"""The exercises of lesson 00: who does what, batches, the seed, first drawings."""

from gan_lesson.data import load_images
from gan_lesson.exercises.answers import choice, choices, not_whole, number, tensor

exercise_1 = choices(
    {
        "draws": "generator",
        "judges": "discriminator",
        "sees_real": "discriminator",
        "starts_from_noise": "generator",
    },
    praise=(
        "答對了！一個從亂數畫圖，一個看真圖也看假圖，這樣才比得起來。",
        "Right! One draws from random numbers, the other sees real and fake: that is the contest.",
    ),
    hints={
        "draws": (
            "「畫出新的圖」的不是辨別器：它看了一張圖之後，只說一個意見，不會畫。",
            "the discriminator does not draw: it looks at an image and gives an opinion.",
        ),
        "judges": (
            "「判斷真假」的不是生成器：它正是被判斷的那一方。",
            "the generator does not judge: its drawings are what is being judged.",
        ),
        "sees_real": (
            "生成器訓練時看不到真的圖，它只得到對手的意見。",
            "the generator never sees a real image: it only gets its opponent's opinion.",
        ),
        "starts_from_noise": (
            "辨別器不是從亂數開始：交給它的是一張圖。",
            "the discriminator does not start from random numbers: it is handed an image.",
        ),
    },
)


# 1,797 images in batches of 50
exercise_2 = number(
    36,
    praise=(
        "答對了！35 批滿的，再加一批 47 張的。看完一遍資料集叫做一個訓練回合。",
        "Right! 35 full batches and one of 47. Going once through the data set is called an epoch.",
    ),
    mistakes={
        not_whole: (
            "{} 不是整數：批次沒有「零點幾批」，不滿的那一批該怎麼算？",
            "{} is not whole: there is no half batch. How does the last, short one count?",
        ),
        35: (
            "35 批都是滿的，裝不下全部的圖：還有 47 張沒看到。",
            "35 full batches do not hold them all: 47 images are never seen.",
        ),
        29: (
            "29 是每批 64 張（課文裡的設定）的批數，這題是每批 50 張。",
            "29 is for 64 images in a batch, the lesson's setting; here a batch has 50.",
        ),
    },
    otherwise=(
        "{:g} 批不對：每批 50 張，總數是 len(images) 張，先做除法。",
        "{:g} batches is not it: 50 images in each, len(images) in all; divide first.",
    ),
)


exercise_3 = choice(
    "B",
    praise=(
        "答對了！種子決定所有的亂數：同一台電腦、同一個種子，就能重現同樣的結果。",
        "Right! The seed decides every random number: same machine, same seed, same result.",
    ),
    mistakes={
        "A": (
            "換了種子之後，再和原來的圖並排比一次：真的一模一樣嗎？"
            "（記得從有 seed 的那一格開始，整節重新執行。）",
            "Compare the images under the two seeds side by side: are they really the same? "
            "(Run the whole section again, from the cell with the seed.)",
        ),
        "C": (
            "換種子之後仍然會訓練：等進度條走完，再看看還是雜訊嗎？可以多換幾個種子。",
            "With another seed it still trains: wait for the bar to finish. Is it still noise? "
            "Try a few more seeds.",
        ),
    },
)


def some_are_real(pixels):
    real = load_images("digits")[0].reshape(-1, 784)
    return any((real == image).all(dim=1).any() for image in pixels.reshape(5, 784))


# Five new drawings of the generator
exercise_4 = tensor(
    praise=(
        "答對了！這 5 張圖，世界上以前從來沒有過。",
        "Right! These five images have never existed before.",
    ),
    mistakes=[
        (
            lambda pixels: pixels.ndim == 0,
            "答案要是一個張量：把亂數交給 generator，它回傳的就是。",
            "The answer should be a tensor: what the generator returns when given random numbers.",
        ),
        (
            lambda pixels: pixels.shape == (5, 100),
            "這是 5 份亂數，還沒有畫成圖：少了一個步驟。",
            "These are the 5 sets of random numbers, not drawn yet: one step is missing.",
        ),
        (
            lambda pixels: pixels.numel() == 784,
            "這只有 1 張圖，題目要 5 張：看看你準備了幾份亂數。",
            "This is one image, not five: how many sets of random numbers did you prepare?",
        ),
        (
            lambda pixels: pixels.numel() != 5 * 784 or len(pixels) != 5,
            "形狀是 {}，不是 5 張、每張 784 個像素。",
            "The shape is {}, which is not 5 images of 784 pixels.",
        ),
        (
            lambda pixels: not pixels.abs().max() <= 1,
            "像素超出 [-1, 1]：這是亂數，不是生成器畫的圖。",
            "There are pixels outside [-1, 1]: these are random numbers, not drawn images.",
        ),
        (
            lambda pixels: (pixels == pixels[:1]).all(),
            "5 張圖一模一樣：每張要有自己的一份亂數。",
            "All five are the same image: each needs random numbers of its own.",
        ),
        (
            some_are_real,
            "這些是資料集裡真的手寫數字，不是新畫的。",
            "These are real digits from the data set, not new drawings.",
        ),
    ],
)
