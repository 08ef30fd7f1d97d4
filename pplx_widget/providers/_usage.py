"""What an answer took, from the fields of either format and of the servers that extend them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..core import amounts
from ..core.events import ToolUse, Usage
from ..core.text import clean
from ._wire import mapping

_TICKS: Final = 10**10  # xAI's, to the dollar
_TOTALS: Final = ("total_cost", "total", "amount", "usd", "value")


def usage_of(usage: Mapping[str, Any]) -> Usage:
    """Return the usage that an object of either format says."""
    given = _count(usage, "input_tokens", "prompt_tokens")
    made = _count(usage, "output_tokens", "completion_tokens")
    cost = mapping(usage.get("cost"))
    received = _details(usage, "input_tokens_details", "prompt_tokens_details")
    sent = _details(usage, "output_tokens_details", "completion_tokens_details")
    return Usage(
        input_tokens=given,
        output_tokens=made,
        total_tokens=_count(usage, "total_tokens") or given + made,
        cost=_cost(usage),
        currency=clean(cost.get("currency")) or clean(usage.get("currency")) or "USD",
        reasoning_tokens=_count(sent, "reasoning_tokens") or _count(usage, "reasoning_tokens"),
        tools=_tools(usage, cost),
        cached_tokens=_count(received, "cached_tokens", "cache_read_input_tokens")
        or _count(usage, "cached_tokens", "cache_read_input_tokens", "prompt_cache_hit_tokens"),
    )


def _cost(usage: Mapping[str, Any]) -> float | None:
    cost = usage.get("cost")
    if isinstance(cost, Mapping):
        named = [cost.get(name) for name in _TOTALS]
    else:
        named = [cost, usage.get("total_cost"), usage.get("estimated_cost")]
    ticks = usage.get("cost_in_usd_ticks")
    if isinstance(ticks, int | float) and not isinstance(ticks, bool):
        named.append(ticks / _TICKS if abs(ticks) < amounts.LARGEST * _TICKS else None)
    found = (amounts.amount(value) for value in named if value is not None)
    return next((value for value in found if value is not None), None)


def _tools(usage: Mapping[str, Any], cost: Mapping[str, Any]) -> tuple[ToolUse, ...]:
    """Return what each tool took; its calls and its cost come in two places, or in one."""
    used, costs = (
        mapping(usage.get("tool_calls_details")),
        mapping(cost.get("tool_calls_cost_details")),
    )
    tools = []
    for name in dict.fromkeys((*used, *costs)):
        use = mapping(used.get(name))
        each = amounts.amount(costs.get(name, use.get("cost_usd")))
        tools.append(ToolUse(clean(name), amounts.count(use.get("invocation")), each))
    if not tools and (searches := _count(usage, "num_search_queries")):
        spent = amounts.amount(cost.get("search_queries_cost"))
        tools.append(ToolUse("search_web", searches, spent))
    return tuple(tools)


def _details(usage: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    return next((found for name in names if (found := mapping(usage.get(name)))), {})


def _count(usage: Mapping[str, Any], *names: str) -> int:
    for name in names:
        value = usage.get(name)
        if isinstance(value, float) and value.is_integer():  # JavaScript has no other numbers
            value = int(value)
        if found := amounts.count(value):
            return found
    return 0
