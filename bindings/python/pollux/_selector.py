# SPDX-License-Identifier: MIT
"""The poller as one of the standard library's selectors."""

from __future__ import annotations

import contextlib
import selectors
from collections.abc import Mapping
from selectors import EVENT_READ, EVENT_WRITE, SelectorKey
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from ._common import capabilities, file_descriptor, nanoseconds
from ._ffi import PLX_CAP_NATIVE_FD, PLX_READ_CLOSED, PLX_READABLE, PLX_WRITABLE
from ._poller import Poller

# An error or a hang-up is told as both, as the selectors over epoll and poll do it.
_NOT_FOR_WRITING = PLX_READABLE | PLX_READ_CLOSED
_NOT_FOR_READING = PLX_WRITABLE


def _interest(events: int) -> int:
    return (PLX_READABLE if events & EVENT_READ else 0) | (
        PLX_WRITABLE if events & EVENT_WRITE else 0
    )


class _Keys(Mapping):
    """What is registered, by file object or descriptor."""

    def __init__(self, selector: PolluxSelector) -> None:
        self._selector = selector

    def __len__(self) -> int:
        return len(self._selector._keys)

    def __iter__(self) -> Iterator[int]:
        return iter(self._selector._keys)

    def __getitem__(self, fileobj: Any) -> SelectorKey:
        key = self._selector._keys.get(self._selector._lookup(fileobj))
        if key is None:
            raise KeyError(f"{fileobj!r} is not registered")
        return key


class PolluxSelector(selectors.BaseSelector):
    """A selector over any backend, for the standard library's selectors and asyncio.

    It behaves as ``selectors.EpollSelector`` whatever the backend is. There is a ``fileno()`` where
    the backend has a descriptor of its own.
    """

    def __init__(self, backend: Optional[str] = None) -> None:
        self._poller = Poller(backend)
        self._keys: Dict[int, SelectorKey] = {}
        self._map: Optional[_Keys] = _Keys(self)
        self._left_over: List[int] = []

    @property
    def backend(self) -> str:
        """The name of the backend in use."""
        return self._poller.backend

    @property
    def fileno(self) -> Callable[[], int]:
        # hasattr() is how users of selectors ask whether there is one.
        if not capabilities(self._poller.backend) & PLX_CAP_NATIVE_FD:
            raise AttributeError(f"{self._poller.backend} has no descriptor of its own")
        return self._poller.fileno

    def _lookup(self, fileobj: Any) -> int:
        try:
            return file_descriptor(fileobj)
        except ValueError:
            # It may have been closed since it was registered.
            for key in self._keys.values():
                if key.fileobj is fileobj:
                    return key.fd
            raise

    def register(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        if not events or events & ~(EVENT_READ | EVENT_WRITE):
            raise ValueError(f"Invalid events: {events!r}")
        key = SelectorKey(fileobj, self._lookup(fileobj), events, data)
        if key.fd in self._keys:
            raise KeyError(f"{fileobj!r} (FD {key.fd}) is already registered")
        self._poller.add(key.fd, _interest(events))
        self._keys[key.fd] = key
        return key

    def _forget(self, key: SelectorKey) -> None:
        del self._keys[key.fd]
        try:
            self._poller.remove(key.fd)
        except OSError:
            # In a child process the parent's poller answers EINVAL until after_fork().
            self._left_over.append(key.fd)

    def _registered(self, fileobj: Any) -> SelectorKey:
        key = self._keys.get(self._lookup(fileobj))
        if key is None:
            raise KeyError(f"{fileobj!r} is not registered")
        return key

    def unregister(self, fileobj: Any) -> SelectorKey:
        key = self._registered(fileobj)
        self._forget(key)
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> SelectorKey:
        key = self._registered(fileobj)
        if events != key.events:
            if not events or events & ~(EVENT_READ | EVENT_WRITE):
                raise ValueError(f"Invalid events: {events!r}")
            try:
                self._poller.modify(key.fd, _interest(events))
            except BaseException:
                self._forget(key)
                raise
        if events != key.events or data != key.data:
            key = key._replace(events=events, data=data)
            self._keys[key.fd] = key
        return key

    def select(self, timeout: Optional[float] = None) -> List[Tuple[SelectorKey, int]]:
        if timeout is None:
            timeout_ns = -1
        elif timeout <= 0:
            timeout_ns = 0
        else:
            timeout_ns = nanoseconds(timeout, "the timeout")
        ready = []
        for _, fd, reported in self._poller._wait(timeout_ns, len(self._keys) or 1):
            key = self._keys.get(fd)
            if key is not None:
                events = (EVENT_WRITE if reported & ~_NOT_FOR_WRITING else 0) | (
                    EVENT_READ if reported & ~_NOT_FOR_READING else 0
                )
                ready.append((key, events & key.events))
        return ready

    def close(self) -> None:
        self._poller.close()
        self._keys.clear()
        self._map = None

    def get_map(self) -> Optional[Mapping]:
        return self._map

    def after_fork(self) -> None:
        """In a child process: makes the parent's selector usable, everything registered again."""
        self._poller.after_fork()
        for fd in self._left_over:
            with contextlib.suppress(OSError):
                self._poller.remove(fd)
        self._left_over.clear()
