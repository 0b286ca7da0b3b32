"""The exercises of lesson 00: who does what, a knob, the seed, first drawings."""

from gan_lesson.data import load_images
from gan_lesson.exercises.answers import choice, choices, number, tensor

exercise_1 = choices(
    {
        "draws": "generator",
        "judges": "discriminator",
        "sees_real": "discriminator",
        "starts_from_noise": "generator",
    },
    praise="""答對了！一個從亂數畫圖，一個看真圖也看假圖，這樣才比得起來。
        Right! One draws from random numbers, the other sees real and fake: that is the
        contest.""",
    hints={
        "draws": """「畫出新的圖」的不是辨別器：它看了一張圖之後，只說一個意見，不會畫。
            the discriminator does not draw: it looks at an image and gives an opinion.""",
        "judges": """「判斷真假」的不是生成器：它正是被判斷的那一方。
            the generator does not judge: its drawings are what is being judged.""",
        "sees_real": """生成器訓練時看不到真的圖，它只得到對手的意見。
            the generator never sees a real image: it only gets its opponent's opinion.""",
        "starts_from_noise": """辨別器不是從亂數開始：交給它的是一張圖。
            the discriminator does not start from random numbers: it is handed an image.""",
    },
)


# A knob at 3.0 after one step of SGD, with gradient 4.0 and learning rate 0.1
exercise_2 = number(
    2.6,
    praise="""答對了！3.0 − 0.1 × 4.0 = 2.6：梯度是正的，就往小的轉。網路的十萬個旋鈕，\
        每一步都各做一次。
        Right! 3.0 − 0.1 × 4.0 = 2.6: the gradient is positive, so the knob is turned down. In each
        step a network does this for every one of its hundred thousand knobs.""",
    mistakes={
        3.4: """方向反了：梯度是正的，表示轉大會讓損失變大。
            The wrong way: a positive gradient means that turning it up makes the loss larger.""",
        (-1, 7): """一次轉了整個梯度：還沒有乘上學習率。
            This turns it by the whole gradient: the learning rate is missing.""",
        (0.4, -0.4): """這是轉了多少；題目問的是轉完以後旋鈕在哪裡。
            This is how far it turns; the question is where it stands afterwards.""",
        (2.9, 3.1): """只減了學習率：轉多少要看梯度，是學習率 × 梯度。
            Only the learning rate is taken off: how far it turns is learning rate × gradient.""",
    },
    otherwise="""{:g} 不對：新的旋鈕 = 舊的旋鈕 − 學習率 × 梯度。
        {:g} is not it: new knob = old knob − learning rate × gradient.""",
)


exercise_3 = choice(
    "B",
    praise="""答對了！種子決定所有的亂數：同一台電腦、同一個種子，就能重現同樣的結果。
        Right! The seed decides every random number: same machine, same seed, same result.""",
    mistakes={
        "A": """換了種子之後，再和原來的圖並排比一次：真的一模一樣嗎？\
            （記得從有 seed 的那一格開始，整節重新執行。）
            Compare the images under the two seeds side by side: are they really the same? (Run the
            whole section again, from the cell with the seed.)""",
        "C": """換種子之後仍然會訓練：等進度條走完，再看看還是雜訊嗎？可以多換幾個種子。
            With another seed it still trains: wait for the bar to finish. Is it still noise? Try a
            few more seeds.""",
    },
)


def some_are_real(pixels):
    real = load_images("digits")[0].reshape(-1, 784)
    return any((real == image).all(dim=1).any() for image in pixels.reshape(5, 784))


# Five new drawings of the generator
exercise_4 = tensor(
    praise="""答對了！這 5 張圖，世界上以前從來沒有過。
        Right! These five images have never existed before.""",
    mistakes={
        lambda pixels: pixels.ndim == 0: """答案要是一個張量：把亂數交給 generator，它回傳的就是。
            The answer should be a tensor: what the generator returns when given random
            numbers.""",
        lambda pixels: pixels.shape == (5, 100): """這是 5 份亂數，還沒有畫成圖：少了一個步驟。
            These are the 5 sets of random numbers, not drawn yet: one step is missing.""",
        lambda pixels: pixels.numel() == 784: """這只有 1 張圖，題目要 5 張：看看你準備了幾份亂數。
            This is one image, not five: how many sets of random numbers did you prepare?""",
        lambda pixels: pixels.numel() != 5 * 784 or len(pixels) != 5: """\
            形狀是 {}，不是 5 張、每張 784 個像素。
            The shape is {}, which is not 5 images of 784 pixels.""",
        lambda pixels: not pixels.abs().max() <= 1: """\
            像素超出 [-1, 1]：這是亂數，不是生成器畫的圖。
            There are pixels outside [-1, 1]: these are random numbers, not drawn images.""",
        lambda pixels: (pixels == pixels[:1]).all(): """5 張圖一模一樣：每張要有自己的一份亂數。
            All five are the same image: each needs random numbers of its own.""",
        some_are_real: """這些是資料集裡真的手寫數字，不是新畫的。
            These are real digits from the data set, not new drawings.""",
    },
)
