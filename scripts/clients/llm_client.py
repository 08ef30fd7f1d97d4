"""The plug-in of the command `llm`, which writes its sources below the answer."""

from __future__ import annotations

import re
import sys

import llm
from _shown import show
from llm_perplexity import CITATIONS_HEADING, Perplexity

Perplexity.base_url, QUESTION = sys.argv[1:]
model = llm.get_model("sonar")
for way, stream in (("whole", False), ("streamed", True)):
    said = model.prompt(QUESTION, key="none", stream=stream).text()
    text, _, sources = said.partition(CITATIONS_HEADING)
    show("Agent API", way, text, re.findall(r"(?m)^\[\d+\] .* - (\S+)$", sources))
