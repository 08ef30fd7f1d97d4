"""Questions to the samples: paraphrases of theirs, and questions about something else.

The second half of each list was written after the rule, to try it.
"""

from __future__ import annotations

PARAPHRASES: dict[str, list[str]] = {
    "agent-api-migration": [
        "how do i migrate",
        "How can I migrate from Sonar to the Agent API?",
        "Moving from sonar chat completions to the Agent API",
        "Why do I get 403 chat_completions_not_available?",
        "What replaced the sonar-pro model?",
        "sonar-pro is gone, which preset replaces it?",
        "Migrating my Sonar code",
        "migrate from Sonar to Agent API",
        "What should I use instead of sonar-pro?",
        "My Sonar chat completions return a 403",
        "How to switch from Sonar to the Agent API?",
    ],
    "asyncio-in-notebooks": [
        "How do I run asyncio in a notebook?",
        "RuntimeError: asyncio.run() cannot be called from a running event loop",
        "Can a Jupyter cell return while a stream is running?",
        "run a stream in the background of a notebook",
        "How do I stream in Jupyter without blocking the cell?",
        "asyncio.run cannot be called from a running event loop",
        "running asyncio code in Jupyter notebooks",
        "How can a cell return at once while the stream keeps running?",
    ],
    "backoff-and-jitter": [
        "rate limits and retries",
        "How do I retry after a 429?",
        "What is exponential backoff?",
        "What does the Retry-After header mean?",
        "exponential backoff with jitter",
        "How should a client handle rate limits?",
        "How do I deal with HTTP 429?",
        "How to retry requests with exponential backoff in Python?",
        "Explain backoff and jitter",
        "retry a rate-limited API in Python",
    ],
    "cap-theorem": [
        "what is CAP?",
        "Explain the CAP theorem",
        "What does the CAP theorem say?",
        "Give me an example of the CAP theorem",
        "What is PACELC?",
        "Difference between CP and AP databases",
        "Explain the CAP theorem to me with a simple example",
        "CAP theorem",
        "CAP theorem explained",
        "Can you explain the CAP theorem?",
        "What are CP and AP databases?",
        "example of CAP theorem please",
    ],
    "citations-and-markers": [
        "How do citations work?",
        "What do the markers like [1] refer to?",
        "How do I match citations with sources?",
        "Where do I find the citations of a streamed answer?",
        "citation markers in Perplexity answers",
        "How are citation markers matched to sources?",
        "what does [2] refer to in an answer from Perplexity?",
        "How do citations work in Perplexity answers?",
    ],
    "sse-format": [
        "What is SSE?",
        "What does the SSE wire format look like?",
        "What do server-sent events look like?",
        "text/event-stream format",
        "What does [DONE] mean in a stream?",
        "What is the format of server-sent events?",
        "show the wire format of SSE",
        "What's the format of text/event-stream?",
        "what does data: [DONE] mean?",
    ],
    "sse-vs-websockets": [
        "websocket",
        "SSE or WebSockets?",
        "Should I use WebSockets or server-sent events?",
        "Compare SSE with long polling",
        "When should I use long polling?",
        "difference between websockets and SSE",
        "SSE versus WebSockets",
        "server-sent events vs websockets vs long polling",
        "Is long polling still useful?",
    ],
    "streaming-timeouts": [
        "Which timeout should I set for a streaming API?",
        "What read timeout should I use with httpx?",
        "ReadTimeout in httpx while streaming",
        "How long should a client wait between tokens?",
        "timeouts for streaming clients",
        "Which timeouts for a streaming HTTP client?",
        "httpx read timeout for streaming",
        "what timeouts should I use when streaming?",
    ],
    "utf8-boundaries": [
        "my emoji are broken",
        "Why are emoji broken in my stream?",
        "How do I decode UTF-8 in chunks?",
        "UnicodeDecodeError while streaming",
        "Why do I see replacement characters in streamed text?",
        "Why do emoji break when decoding a stream in chunks?",
        "decode UTF-8 chunks safely",
        "UnicodeDecodeError in a stream",
    ],
    "why-requests-hang": [
        "Why does requests.post hang?",
        "requests.post hangs with a streaming API",
        "My notebook freezes while the LLM answers",
        "How do I stream a response with requests?",
        "Why does my request never return?",
        "requests.post hangs when calling an LLM API",
        "Why does requests.post() never return?",
        "streaming with requests",
    ],
}

OTHERS: list[str] = """
What is the capital of France?
How do I bake bread?
What is HTTP/3?
Is it?
Why?
Hello
q
What changed in EU AI regulation this month?
What changed in EU AI regulation?
And in France?
How do I migrate to Canada?
How do birds migrate?
Explain the theorem of Pythagoras
What is Bayes' theorem? Give an example
Explain quantum computing with an example
Compare Python and Java
How do I retry a failed payment?
What is a REST API?
How long should I boil eggs?
What does this word mean?
How do I handle a difficult colleague?
Which stream should I fish in?
What should I wear to a wedding?
How does photosynthesis work?
Why is the sky blue?
Who won the world cup in 2022?
Explain the rules of chess
What is the population of Berlin?
How do vaccines work?
How do citations in APA style work?
What is the best database?
Compare Postgres and MySQL
Which timeout did the coach take?
What is the rate of inflation?
What is the speed limit in Germany?
What is backpressure?
What does backpressure mean?
What is asyncio?
How do I return a parcel?
How do I read a file in Python?
Where is the library?
Why does my back hurt?
Why does my computer freeze?
How do I break a bad habit?
Why do I see stars?
What is the difference between TCP and UDP?
How do I use git rebase?
How do I cite Wikipedia?
What is the text of the US constitution?
Show me the money
Which events happened in 1989?
What is the AP exam?
What does a data scientist do?
How do I stream Netflix?
Where can I stream football?
How do I run a marathon?
How do I wait for a bus?
How many tokens does GPT-5 have?
What is a Sonar in a submarine?
Should I use React or Vue?
Was ist die Hauptstadt von Frankreich?
日本の首都は？
🙂
?!
What are the answers to life?
Explain it with an example
How do I do this?
What is the meaning of life?
Which month is busiest?
How do I call a function?
What is jitter in networks?
How does caching work in HTTP?
Sort a list in Python
What is CORS?
Which columns and rows were sent?
How do I use the Agent API with images?
Which model is the cheapest?
How should I use citations in my thesis?
How do I use emoji in Slack?
What is UTF-8?
What is a WebSocket handshake?
What is the tallest mountain?
Who wrote Hamlet?
How much of Denmark's electricity is wind?
Which companies make the most wind turbines in Europe, and when were they founded?
What does this chart show?
What is QUIC?
Why does the moon have phases?
How do I format a USB stick?
How do I format a date in Python?
What does a server do in a restaurant?
Which events are on this weekend?
How long is a marathon?
What is a chunk of cheese?
How do I decode a QR code?
Why do cats purr?
Where are my keys?
What are the sources of the Nile?
Which answer is right?
How can I retire early?
What is a long poll in politics?
How do I post a letter?
Who invented the telephone?
What are the largest databases in the world?
Is there a limit on luggage?
How do I cell-culture bacteria?
Summarise War and Peace
What are prompts?
How does TLS work?
Translate 'good morning' into French
What is a Python decorator?
Is Rust faster than Go?
What is the weather in Oslo?
Which LLM is best?
How do I install Jupyter?
What is the price of Perplexity Pro?
How do notebooks store outputs?
How many requests per second can nginx handle?
What is a CAP in football?
Who is the CEO of Perplexity?
How do I stop a running process?
""".strip().splitlines()
