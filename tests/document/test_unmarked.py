"""Text without Markdown: the content of each kind of Markdown as plain text."""

from __future__ import annotations

from pplx_widget.core.events import SourcesFound, Text
from pplx_widget.document import forms

from ..support.settled_document import SOURCES, state

MARKED = r"""# On *bees*

They **dance**[3], see [the page](https://a.org/x) or https://b.org/y; not [99].

- [x] done
- [ ] open
  - deep
    with lines

7. one

   more
8. two $x^2$[^n]

|a|b|
|-|-|
|1|**2**[3]|

> a quote
> of two lines

```py
x = *1*

y
```

[^n]: The note.
"""

UNMARKED = """On bees

They dance[1], see the page (https://a.org/x) or https://b.org/y; not [99].

☑ done
☐ open
  • deep
    with lines

7. one
   more
8. two $x^2$[a]

a\tb
1\t2[1]

> a quote
> of two lines

x = *1*

y

[a] The note.

[1] """


def test_text_without_marks() -> None:
    written = forms.unmarked("Why?", state(SourcesFound(SOURCES), Text(MARKED)))
    assert written.startswith(f"Why?\n\n{UNMARKED}")
