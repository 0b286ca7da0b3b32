"""The checks of lesson 00: who does what, batches, the seed, first drawings."""

import numbers

import torch

from gan_lesson.data import load_images
from gan_lesson.exercises import right, wrong

NETWORKS = ("generator", "discriminator")


def exercise_1(answer):
    """Each of four jobs belongs to one of the two networks: a dictionary of names."""
    reasons = {
        "draws": (
            "generator",
            "「畫出新的圖」的不是辨別器：它看了一張圖之後，只說一個意見，不會畫。",
            "the discriminator does not draw: it looks at an image and gives an opinion.",
        ),
        "judges": (
            "discriminator",
            "「判斷真假」的不是生成器：它正是被判斷的那一方。",
            "the generator does not judge: its drawings are what is being judged.",
        ),
        "sees_real": (
            "discriminator",
            "生成器訓練時看不到真的圖，它只得到對手的意見。",
            "the generator never sees a real image: it only gets its opponent's opinion.",
        ),
        "starts_from_noise": (
            "generator",
            "辨別器不是從亂數開始：交給它的是一張圖。",
            "the discriminator does not start from random numbers: it is handed an image.",
        ),
    }
    if not isinstance(answer, dict) or set(answer) != set(reasons):
        return wrong(
            "答案要是前面的字典 jobs，四個鍵都保留，不多不少。",
            "The answer should be the dictionary jobs above, with its four keys and no others.",
        )
    for job, given in answer.items():
        if given not in NETWORKS:
            return wrong(
                f"{job} 填的是 {given!r}：請填 generator 或 discriminator，加上引號。",
                f"{job} is {given!r}: write generator or discriminator, in quotes.",
            )
    for job, (network, zh, en) in reasons.items():
        if answer[job] != network:
            return wrong(f"{job}：{zh}", f"{job}: {en}")
    return right(
        "答對了！一個從亂數畫圖，一個看真圖也看假圖，這樣才比得起來。",
        "Right! One draws from random numbers, the other sees real and fake: that is the contest.",
    )


def exercise_2(answer):
    """1,797 images in batches of 50: a whole number."""
    if isinstance(answer, bool) or not isinstance(answer, numbers.Real):
        return wrong("答案要是一個數字。", "The answer should be a number.")
    if answer != int(answer):
        return wrong(
            f"{answer} 不是整數：批次沒有「零點幾批」，不滿的那一批該怎麼算？",
            f"{answer} is not whole: there is no half batch. How does the last, short one count?",
        )
    if answer == 1797 // 50:
        return wrong(
            f"{int(answer)} 批都是滿的，裝不下全部的圖：還有 47 張沒看到。",
            f"{int(answer)} full batches do not hold them all: 47 images are never seen.",
        )
    if answer == 29:
        return wrong(
            "29 是每批 64 張（課文裡的設定）的批數，這題是每批 50 張。",
            "29 is for 64 images in a batch, the lesson's setting; here a batch has 50.",
        )
    if answer != 36:
        return wrong(
            f"{answer} 批不對：每批 50 張，總數是 len(images) 張，先做除法。",
            f"{answer} batches is not it: 50 images in each, len(images) in all; divide first.",
        )
    return right(
        "答對了！35 批滿的，再加一批 47 張的。看完一遍資料集叫做一個訓練回合。",
        "Right! 35 full batches and one of 47. Going once through the data set is called an epoch.",
    )


def exercise_3(answer):
    """What another seed changes: "A", "B" or "C"."""
    choice = answer.strip().upper() if isinstance(answer, str) else answer
    if choice == "A":
        return wrong(
            "換了種子之後，再和原來的圖並排比一次：真的一模一樣嗎？"
            "（記得從有 seed 的那一格開始，整節重新執行。）",
            "Compare the images under the two seeds side by side: are they really the same? "
            "(Run the whole section again, from the cell with the seed.)",
        )
    if choice == "C":
        return wrong(
            "換種子之後仍然會訓練：等進度條走完，再看看還是雜訊嗎？可以多換幾個種子。",
            "With another seed it still trains: wait for the bar to finish. Is it still noise? "
            "Try a few more seeds.",
        )
    if choice == "B":
        return right(
            "答對了！種子決定所有的亂數：同一台電腦、同一個種子，就能重現同樣的結果。",
            "Right! The seed decides every random number: same machine, same seed, same result.",
        )
    return wrong(
        f'{answer!r} 不在選項裡：請填一個字母，像 "A" 這樣加上引號。',
        f'{answer!r} is not one of the choices: give one letter, in quotes as in "A".',
    )


def exercise_4(answer):
    """Five new drawings: a tensor (5, 784) in [-1, 1] from the generator."""
    if not isinstance(answer, torch.Tensor):
        return wrong(
            "答案要是一個張量：把亂數交給 generator，它回傳來的就是。",
            "The answer should be a tensor: what the generator returns when given random numbers.",
        )
    shape = tuple(answer.shape)
    if shape == (5, 100):
        return wrong(
            "這是 5 份亂數，還沒有畫成圖：少了一個步驟。",
            "These are the 5 sets of random numbers, not drawn yet: one step is missing.",
        )
    if answer.numel() == 784:
        return wrong(
            "這只有 1 張圖，題目要 5 張：看看你準備了幾份亂數。",
            "This is one image, not five: how many sets of random numbers did you prepare?",
        )
    if answer.numel() != 5 * 784 or len(answer) != 5:
        return wrong(
            f"形狀是 {shape}，不是 5 張、每張 784 個像素。",
            f"The shape is {shape}, which is not 5 images of 784 pixels.",
        )
    pixels = answer.detach().cpu().float().reshape(5, 784)
    if pixels.abs().max() > 1:
        return wrong(
            "像素超出 [-1, 1]：這是亂數，不是生成器畫的圖。",
            "There are pixels outside [-1, 1]: these are random numbers, not drawn images.",
        )
    real = load_images("digits")[0].reshape(-1, 784)
    if any((real == image).all(dim=1).any() for image in pixels):
        return wrong(
            "這些是資料集裡真的手寫數字，不是新畫的。",
            "These are real digits from the data set, not new drawings.",
        )
    return right(
        "答對了！這 5 張圖，世界上以前從來沒有過。",
        "Right! These five images have never existed before.",
    )
