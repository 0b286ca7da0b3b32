"""The exercises on audio: which wheels sound, a shifted sine, and the marks of a collapse."""

import math

from gan_lesson.exercises import Wrong, right, wrong
from gan_lesson.exercises.answers import as_tensor, number, numbers

PARTIALS = (1, 2, 3, 4, 5)


def exercise_1(answer):
    """How many wheels above the key's own the first five partials of a string are."""
    wheels = [round(12 * math.log2(partial)) for partial in PARTIALS]
    given = as_tensor(answer).flatten().tolist()
    if len(given) != 5 or not all(each.is_integer() for each in given):
        raise Wrong("""答案要是五個整數的序列，第一個是 0。
            The answer should be five whole numbers in a row, the first of which is 0.""")
    if given == [0, 12, 24, 36, 48]:
        return wrong("""這是頻率的 1、2、4、8、16 倍：一個八度是 2 倍，所以 3 倍落在兩個八度之間。
            These are 1, 2, 4, 8 and 16 times the frequency: an octave is twice, so three times lies
            between two octaves.""")
    if given[1:] == [each + given[0] for each in wheels[1:]] and given[0]:
        return wrong("""間隔對了，但是要從按下的那個鍵數起，所以第一個是 0。
            The steps are right, but count from the key that is pressed: the first is 0.""")
    for partial, each, wheel in zip(PARTIALS, given, wheels, strict=True):
        if each != wheel:
            times = 2 ** (max(-99.0, min(99.0, each)) / 12)
            return wrong(f"""\
                往上 {each:g} 個音輪，頻率是 {times:.3g} 倍；要最接近 {partial} 倍的那一個。
                {each:g} wheels up, the frequency is {times:.3g} times the key's; wanted is the
                wheel nearest to {partial} times.""")
    off = 1200 * math.log2(5) - 100 * wheels[-1]
    return right(f"""第五個泛音其實比音輪低 {-off:.0f} 音分，電風琴也是這樣將就：還在 30 音分以內。
        The fifth partial is in truth {-off:.0f} cents below its wheel; electric organs make do with
        this too. It is still within 30 cents.""")


# The mean of (sin - cos)² is 1, that of sin² is 0.5
exercise_2 = number(
    2,
    praise="""(sin − cos)² 平均是 1，sin² 平均是 0.5。移四分之一就比無聲差，耳朵卻聽不出來。
        The mean of (sin − cos)² is 1, that of sin² is 0.5. A quarter is already worse than silence,
        and the ear hears nothing.""",
    near=0.02,
    mistakes={
        4: """4 倍是移半個週期：那時 sin 變成 −sin。移四分之一，sin 變成什麼？
            4 times is a shift by half a period, where sin becomes −sin. What does sin become after
            a quarter?""",
        1: """這是誤差本身（振幅 1 的正弦波）；還要除以「和無聲比」的誤差，它不是 1。
            This is the error itself, for a sine of height 1; divide it by the error of silence,
            which is not 1.""",
        0: """這是頻譜圖的答案；題目問的是逐點比對。
            This is the spectrogram's answer; the question is about number by number.""",
        math.sqrt(2): """這是振幅的倍數；均方誤差要再平方。
            This is how many times the height; the mean squared error takes its square.""",
        0.5: """這是無聲的誤差（sin² 的平均）；問的是幾倍。
            This is the error of silence, the mean of sin²; the question is how many times.""",
    },
    otherwise="""{:g} 不對。令正弦波是 sin，移過去就是 cos：(sin − cos)² 的平均，\
        是 sin² 平均的幾倍？
        {:g} is not it. Call the sine sin; shifted, it is cos. How many times the mean of sin² is
        the mean of (sin − cos)²?""",
)

# B is just like half of the real notes, and 40 dB from the other half
exercise_3 = numbers(
    number(
        0,
        mistakes={
            20: """off：乙的每個音，離**最近的**真音多遠？不是離兩種真音平均多遠。
                off: how far is each note of B from the **nearest** real one, not from both kinds on
                average?""",
        },
        otherwise="""off 是 {:g}？乙彈的是 −10 dB；最近的真音是幾 dB？
            off is {:g}? B plays −10 dB; how many has the nearest real note?""",
    ),
    number(
        20,
        praise="""只看 off，崩塌的拿滿分；missed 才看得出漏了一半。兩個都要看。
            By off alone the collapse gets full marks; missed sees that half is lacking. It takes
            both.""",
        mistakes={
            0: """missed：一半的真音乙正好彈到，另一半呢？
                missed: half of the real notes are just what B plays; and the other half?""",
            40: """40 dB 是漏掉的那一半；和彈到的那一半平均起來是多少？
                40 dB is the half that is missed; what is the average with the other half?""",
        },
        otherwise="""missed 是 {:g}？真的音一半是 −10，一半是 −50，離 −10 各多遠？再平均。
            missed is {:g}? Half of the real notes have −10, half −50: how far is each from −10?
            Then take the mean.""",
    ),
    example="(10, 30)",
)
