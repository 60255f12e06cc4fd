"""A persistent map from small non-negative integers: an array trie, 32 wide.

States of a mode are immutable, and a bet must not copy what 100,000 others have placed. `with_item`
copies one path (a few hundred bytes); `with_items` rebuilds in one pass where many change at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

V = TypeVar("V")
D = TypeVar("D")
BITS = 5
WIDTH = 1 << BITS
_MISSING: Any = object()
_EMPTY: tuple[Any, ...] = (_MISSING,) * WIDTH
KEY_MAX = 2**31 - 1


class IntMap(Generic[V]):
    """An immutable mapping; iteration is in the order of the keys."""

    __slots__ = ("_root", "_shift", "_count")

    def __init__(
        self, root: tuple[Any, ...] = _EMPTY, shift: int = 0, count: int = 0
    ) -> None:
        self._root = root
        self._shift = shift
        self._count = count

    @classmethod
    def of(cls, items: Iterable[tuple[int, V]]) -> IntMap[V]:
        """Return the map of these items; the last of equal keys counts. O(n)."""
        found = dict(items)
        if not found:
            return cls()
        assert 0 <= min(found) and max(found) <= KEY_MAX, "a key out of range"
        level: dict[int, Any] = {}
        for key, value in found.items():
            chunk = level.get(key >> BITS)
            if chunk is None:
                chunk = level[key >> BITS] = [_MISSING] * WIDTH
            chunk[key & (WIDTH - 1)] = value
        nodes = {index: tuple(chunk) for index, chunk in level.items()}
        shift = 0
        while len(nodes) > 1 or 0 not in nodes:
            shift += BITS
            above: dict[int, Any] = {}
            for index, node in nodes.items():
                chunk = above.get(index >> BITS)
                if chunk is None:
                    chunk = above[index >> BITS] = [_MISSING] * WIDTH
                chunk[index & (WIDTH - 1)] = node
            nodes = {index: tuple(chunk) for index, chunk in above.items()}
        return cls(nodes[0], shift, len(found))

    def get(self, key: int, default: D) -> V | D:
        """Return a value, or the default."""
        if key >> self._shift >= WIDTH or key < 0:
            return default
        node = self._root
        for shift in range(self._shift, 0, -BITS):
            node = node[(key >> shift) & (WIDTH - 1)]
            if node is _MISSING:
                return default
        value = node[key & (WIDTH - 1)]
        return default if value is _MISSING else value

    def __getitem__(self, key: int) -> V:
        value = self.get(key, _MISSING)
        if value is _MISSING:
            raise KeyError(key)
        return value

    def __contains__(self, key: int) -> bool:
        return self.get(key, _MISSING) is not _MISSING

    def __len__(self) -> int:
        return self._count

    def with_item(self, key: int, value: V) -> IntMap[V]:
        """Return the map with one more item, or with another value for a key."""
        assert 0 <= key <= KEY_MAX, "a key out of range"
        root, shift = self._root, self._shift
        while key >> shift >= WIDTH:
            root = (root if self._count else _MISSING, *_EMPTY[1:])
            shift += BITS
        is_new = key not in self
        return IntMap(_set(root, shift, key, value), shift, self._count + is_new)

    def with_items(self, items: Iterable[tuple[int, V]]) -> IntMap[V]:
        """Return the map with many more items. O(n) of both."""
        merged = dict(self.items())
        merged.update(items)
        return IntMap.of(merged.items())

    def without(self, key: int) -> IntMap[V]:
        """Return the map without a key; one that is not there changes nothing."""
        if key not in self:
            return self
        return IntMap(_set(self._root, self._shift, key, _MISSING), self._shift, self._count - 1)

    def items(self) -> Iterator[tuple[int, V]]:
        """Yield all items, smallest key first."""
        yield from _walk(self._root, self._shift, 0)

    def values(self) -> Iterator[V]:
        """Yield all values in the order of their keys."""
        for _, value in self.items():
            yield value

    def __iter__(self) -> Iterator[int]:
        for key, _ in self.items():
            yield key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntMap) and list(self.items()) == list(other.items())

    def __hash__(self) -> int:
        return hash(tuple(self.items()))

    def __repr__(self) -> str:
        return f"IntMap({dict(self.items())!r})"


def _set(node: Any, shift: int, key: int, value: Any) -> tuple[Any, ...]:
    place = (key >> shift) & (WIDTH - 1)
    node = _EMPTY if node is _MISSING else node
    inner = value if shift == 0 else _set(node[place], shift - BITS, key, value)
    return (*node[:place], inner, *node[place + 1:])


def _walk(node: tuple[Any, ...], shift: int, base: int) -> Iterator[tuple[int, Any]]:
    if shift == 0:
        for place, value in enumerate(node):
            if value is not _MISSING:
                yield base + place, value
        return
    for place, inner in enumerate(node):
        if inner is not _MISSING:
            yield from _walk(inner, shift - BITS, base + (place << shift))
