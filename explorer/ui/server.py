"""Tasks of the web server besides running scripts: warm torch, and wake the supervisor."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from explorer.training.submit import look_after, runs_root, wake

WAKE_EVERY = 120.0  # seconds
LOOK_EVERY = 3.0  # seconds: a run waits no longer for a successor of a supervisor that was killed


@asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Start what training needs and load the heavy imports, without keeping the first visitor waiting for either."""
    awake = asyncio.create_task(_stay_awake())
    threading.Thread(target=_warm, name="warm-torch", daemon=True).start()
    yield
    awake.cancel()


async def _stay_awake() -> None:
    """Keep the supervisor ready: left alone, it ends after some minutes, and a cold start takes seconds."""
    while True:
        await asyncio.to_thread(wake, runs_root())
        for _ in range(round(WAKE_EVERY / LOOK_EVERY)):
            await asyncio.sleep(LOOK_EVERY)
            await asyncio.to_thread(look_after, runs_root())


def _warm() -> None:
    """Import torch before it is asked for, on one thread, and take what is loaded out of every later collection."""
    import torch

    import explorer.inspection  # noqa: F401

    torch.set_num_threads(1)  # training processes need the cores: two busy pools collapse
    gc.collect()
    gc.freeze()
