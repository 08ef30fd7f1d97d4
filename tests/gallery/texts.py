"""The texts of the gallery's answers, in several scripts and with all of Markdown."""

from __future__ import annotations

REGULATION = """\
Three things changed in **EU AI regulation** this month: high-risk duties moved to December \
2027,[3][11] the guidelines for general-purpose models were revised,[7] and the data-protection \
board said how the Act and the GDPR meet.[19]

## What moved, and to when

The agreement of 12 November shifts the dates below. It still needs a vote in plenary, so *treat them \
as likely, not certain*.[3]

| Duty | Was | Is now | Articles |
|:--|:--:|:--:|--:|
| High-risk systems, Annex III | 2 Aug 2026 | 2 Dec 2027 | 41 |
| High-risk products, Annex I | 2 Aug 2027 | 2 Aug 2028 | 12 |
| Marking of synthetic media | 2 Aug 2026 | 2 Feb 2027 | 3[7] |

### For a team that ships a model

1. Keep the documentation of training data current; the template has a new section on opt-outs.[7]
2. Check whether a fine-tune makes you a *provider*:
   - more than a third of the original compute: yes,
   - less: no, but you pass on what you know.
3. Read `Article 53(1)(d)` together with the [code of practice](https://digital-strategy.ec.europa.eu/en).

```python
from datetime import date

def applies(duty: str, on: date) -> bool:
    \"\"\"True once the duty binds [3] providers.\"\"\"
    return on >= DATES[duty]
```

> The board holds that a legitimate interest can carry training, if the weighing is written down.

A marker that leads nowhere stays as it was written [99], and so does a tag: <b>not bold</b>.[3]
"""

SNIPPET = (
    "The text was agreed after two sessions without a result, and few expect a surprise when Parliament "
    "votes on it in plenary before the end of the year. Registers that the member states keep are to be "
    "merged, and the national authorities publish what that means for those who are registered already."
)

ALL_OF_MARKDOWN = """\
# The first heading

A paragraph with **strong**, *stressed*, ~~struck~~ and `code`, a [link](https://example.org/a), a bare \
address https://example.org/b and a picture ![a chart](https://example.org/chart.png).

## The second

### The third

#### The fourth, and so on

- [x] Ask the service
- [ ] Read the answer
  - [x] with its sources[3]
  - [ ] and its tables
- an item without a box

1. One
2. Two

   with a second paragraph
10. Ten

> A quote
>
> > in a quote, with `code`

***

| Left | Centre | Right |
|:--|:-:|--:|
| a | b | 1.00 |
| a longer cell that says more than fits | b | 1,000.00 |

```
plain text, without a language, and a line that is much too long for a narrow page to show at once
```

A claim with a footnote[^1] and another.[^second] Inline maths $e^{i\\pi} + 1 = 0$, and on its own:

$$
\\int_0^1 x^2\\,dx = \\tfrac{1}{3}
$$

[^1]: What the note says, with a [link](https://example.org/c).
[^second]: The second note.
"""

ARABIC = """\
تتغير **قواعد الذكاء الاصطناعي** في الاتحاد الأوروبي هذا الشهر،[3] وقد نُشرت إرشادات جديدة من المفوضية (European Commission).[11]

- تأجيل الالتزامات إلى ديسمبر 2027
- مراجعة الإرشادات في `Article 53`

> الاقتباس يقف على اليمين.

| الالتزام | كان | أصبح |
|:--|:-:|--:|
| الأنظمة عالية المخاطر | 2026 | 2027 |

The last paragraph is in English, and begins on the left.[7]
"""

HEBREW = """\
## מה השתנה

הכללים של **האיחוד האירופי** לבינה מלאכותית נדחו לדצמבר 2027.[3] ההנחיות עודכנו.[11]

1. ראשון
2. שני עם `code`
"""

CJK = """\
## 今月の変更点

EUのAI規則では、高リスクAIに関する義務の適用が2027年12月に延期されました。[3]汎用モデルの指針も改訂され、学習データの文書化に関する新しい節が加わっています。[11]

- 高リスク義務：**2027年12月**へ延期
- 指針：第二版を公表

欧盟人工智能法案的高风险义务推迟至2027年12月。[7] 유럽연합 인공지능법의 고위험 의무는 2027년 12월로 연기되었습니다.[3]
"""

EMOJI = """\
Status 🟢 of the three: ✅ done, ⚠️ open, ❌ dropped. Families 👨‍👩‍👧‍👦, flags 🇪🇺🇩🇪, skin tones 👍🏽, and a keycap 1️⃣.[3]

- 🚀 launch
- 🧪 test
"""

LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3
LONG_WORDS = f"""\
A word without a break: {LONG_WORD}.[3]

https://example.org/{"a-very-long-path/" * 14}end

`{"identifier_" * 20}`

| {"Heading" * 8} | b |
|---|---|
| {"cell" * 40} | c |

- {"x" * 220}
"""

LONG = "\n\n".join(
    f"## Part {n}\n\n"
    + "The committee met and heard the report on the progress of the trilogue. " * 5
    + f"[{n % 5 + 1}]"
    for n in range(1, 13)
)
