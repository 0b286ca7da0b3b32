"""The exercises on text to image: the order of words, three targets, and what two numbers tell."""

from gan_lesson.applications import text_to_image
from gan_lesson.exercises import right, wrong
from gan_lesson.exercises.answers import choices


def exercise_1(answer):
    """Two sentences of the same words in another order."""
    if (
        not isinstance(answer, list | tuple)
        or len(answer) != 2
        or not all(isinstance(sentence, str) for sentence in answer)
    ):
        return wrong("""答案要是兩句話，例如 ("a thin three", "?")。
            The answer should be two sentences, such as ("a thin three", "?").""")
    for sentence in answer:
        try:
            text_to_image.check_sentence(sentence)
        except text_to_image.SentenceError as refusal:
            return wrong(f"{refusal.zh}。\n{refusal.en}.")
    first, second = (
        [word for word in text_to_image.tokens(sentence) if word in text_to_image.VOCABULARY]
        for sentence in answer
    )
    if first == second:
        return wrong("""詞的順序一樣：換一換先後。
            The words stand in the same order: change it.""")
    if set(first) != set(second):
        return wrong("""兩句的詞不一樣，`bag` 分得出來；連中文的「七」和英文的 seven 都是兩個詞。
            The sentences have different words, and `bag` tells them apart; even a digit's Chinese
            name and its English name are two words.""")
    return right("""詞袋記得有哪些詞，不記得順序。在這裡無妨；「貓追狗」和「狗追貓」就分不出來了。
        A bag knows which words there are, not their order. Here this is harmless; "the cat chases
        the dog" and "the dog chases the cat" would be the same.""")


# What may happen without each of the three kinds of pair
exercise_2 = choices(
    {"right": "C", "wrong": "B", "fake": "A"},
    praise="""三個目標各管一件事：有真的可以學、要讀文字、要像真的。
        Each target has its task: something real to learn from, words to read, looks to match.""",
    hints={
        "right": """刪掉它以後，還有哪一種配對的目標是 1？
            without it, which kind of pair still has the target 1?""",
        "wrong": """刪掉它以後，真圖配的文字永遠是對的；辨別器需要讀它嗎？
            without it, the words beside a real image are always right; need they be read?""",
        "fake": """刪掉它以後，辨別器從來沒見過生成的圖；它還學得到什麼？
            without it, the discriminator never meets a generated image; what can it still
            learn?""",
    },
)

# Obedience and variety of four models
exercise_3 = choices(
    {"ours": "D", "deaf": "C", "collapsed": "B", "table": "A"},
    praise="""一個數字騙得了人：崩塌的和我們的一樣聽話，查表的變化最多。要幾個一起看。
        One number can deceive: the collapsed one obeys as well as ours, and the table has the most
        variety. Look at several at once.""",
    hints={
        "ours": """它會組合沒教過的樣子，變化比真圖少一點。
            it combines ways never taught, with somewhat less variety than real images.""",
        "deaf": """不理文字，數字就只能碰運氣：十個裡對一個，還要兩種樣子剛好都對。
            without the words the digit is up to chance, one in ten, and both traits have to fit
            too.""",
        "collapsed": """不理潛在向量，同一句話就永遠畫同一張。
            without the latent vector, one sentence always gives the same image.""",
        "table": """它交的是真圖，變化和真圖一樣；可是沒有的就是沒有。
            it hands in real images, as varied as real ones; but what it lacks, it lacks.""",
    },
)
