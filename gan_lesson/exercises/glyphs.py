"""The exercises on image generation: a stroke's width, four rows of measures, eyes or luck."""

from gan_lesson.exercises.answers import above, below, choices, number

# 2 x ink / edges of a stroke 10 long and 2 wide
exercise_1 = number(
    40 / 24,
    near=0.006,
    praise="""2 × 20 ÷ 24 ≈ 1.67：比 2 小一點，因為兩端也算邊緣；筆畫越長，就越接近 2。
        2 × 20 ÷ 24 is 1.67: a little below 2, since the ends are edge as well; the longer the
        stroke, the nearer to 2.""",
    mistakes={
        2: """這樣邊緣只有 20：上下兩邊之外，兩端各 2 個像素也是邊緣。
            Then the edges are 20 long; besides the two long sides, each end has 2 pixels of
            edge.""",
        40 / 22: """只算了一端；兩端都是邊緣。
            Only one end is counted; both are edge.""",
        20 / 24: """少了前面的 2：一筆有兩邊，所以墨要乘 2。
            The 2 in front is missing: a stroke has two sides, so the ink counts twice.""",
        40 / 12: """邊緣只算了一半：一圈是 2 × (10 + 2)。
            That is half of the edge; all around it is 2 × (10 + 2).""",
        0.6: """上下顛倒：墨在分子，邊緣在分母。
            Upside down: ink above, edges below.""",
        below(0): """寬度不會是負的。
            A width is never negative.""",
    },
    otherwise="""{:.2f} 不對。墨是 10 × 2，邊緣是一圈的長度。
        {:.2f} is not it. The ink is 10 × 2, the edges are the way all around.""",
)

# Which set of images has which measures
exercise_2 = choices(
    {"honest": "B", "copier": "C", "fog": "A", "collapsed": "D"},
    praise="""每一種毛病都有一欄看得見，也都有一欄看不見：所以要看一整列。
        Each fault shows in some column and hides in another: read whole rows.""",
    hints={
        "honest": """真字和真字比，兩種抄襲都該在 5% 左右，覆蓋率很高。
            real beside real: both copied shares should be about 5%, and coverage high.""",
        "copier": """挪一個像素，像素比不出來，特徵比得出來。
            moved by a pixel, pixels see nothing and features do.""",
        "fog": """霧是灰的，而且躲在中間：密度會很高。
            fog is grey, and hides in the middle: its density is high.""",
        "collapsed": """它像一個真字，別的字附近卻什麼也沒有：覆蓋率會很低，圖卻不灰。
            it is like one real character and near to no other: coverage is very low, and it is not
            grey.""",
    },
)

# Of twenty ten are picked by luck: P(7 or more right) = 8.9 %, P(8 or more) = 1.2 %
exercise_3 = number(
    8,
    praise="""碰運氣答對 8 個以上的機率約 1.2%，7 個以上還有 8.9%。平均就有 5 個，6、7 個不算眼力。
        Luck gets 8 or more with about 1.2%, 7 or more still with 8.9%. Five is the average, so 6 or
        7 are no proof of eyes.""",
    mistakes={
        5: """5 個是碰運氣的平均，閉著眼睛也有三分之二的機會做到。
            Five is what luck gets on average; closed eyes do as well in two cases of three.""",
        6: """碰運氣答對 6 個以上還有三成多。
            Luck still gets 6 or more in a third of all cases.""",
        7: """碰運氣答對 7 個以上還有 8.9%；是不是只算了「剛好」7 個，或是某一邊少算了？
            Luck still gets 7 or more with 8.9%; did you leave out the cases with more?""",
        (9, 10): """這樣夠嚴了，可是還有更小的數也低於 5%。
            Strict enough, but a smaller number is below 5% as well.""",
        (lambda found: found % 1 != 0): """答對的個數是整數。
            The number of right ones is whole.""",
        above(10): """造的字只有 10 個。
            Only 10 are invented.""",
    },
    otherwise="""{:g} 不對。剛好答對 k 個的挑法有 comb(10, k) × comb(10, 10 − k) 種，從 10 往下加。
        {:g} is not it. There are comb(10, k) × comb(10, 10 − k) ways to get exactly k right; add
        them up from 10 downwards.""",
)
