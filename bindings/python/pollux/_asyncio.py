# SPDX-License-Identifier: MIT
"""asyncio over Pollux."""

from __future__ import annotations

import asyncio
from typing import Any, Coroutine, Optional

from ._selector import PolluxSelector


def new_event_loop(backend: Optional[str] = None) -> asyncio.SelectorEventLoop:
    """One of asyncio's event loops, over Pollux."""
    return asyncio.SelectorEventLoop(PolluxSelector(backend))


def run(
    main: Coroutine, *, backend: Optional[str] = None, debug: Optional[bool] = None
) -> Any:
    """``asyncio.run()`` over Pollux."""
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("pollux.run() cannot be called from a running event loop")
    if hasattr(asyncio, "Runner"):
        with asyncio.Runner(debug=debug, loop_factory=lambda: new_event_loop(backend)) as runner:
            return runner.run(main)
    return _run_without_runner(main, backend, debug)


def _run_without_runner(main: Coroutine, backend: Optional[str], debug: Optional[bool]) -> Any:
    # Before Python 3.11 asyncio.run() takes no loop.
    if not asyncio.iscoroutine(main):
        raise ValueError(f"a coroutine was expected, got {main!r}")
    loop = new_event_loop(backend)
    try:
        asyncio.set_event_loop(loop)
        if debug is not None:
            loop.set_debug(debug)
        return loop.run_until_complete(main)
    finally:
        try:
            _cancel_all(loop)
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            loop.close()


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
