"""Compilation of kernels once for all worker processes: one compiles, the others wait and read its cache."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba.core import dispatcher
from numba.core.caching import FunctionCache

from fem_lumbar.solver.compilation import count_waiting

if sys.platform != "win32":
    import fcntl


def compile_once() -> None:
    """Make kernels that are imported from now on compile in one process at a time.

    Numba compiles a kernel that is not cached without informing other processes. Here a lock on the kernel is held from
    the cache miss until the kernel is stored, and released if the process dies. On Windows every process compiles for
    itself.
    """
    if sys.platform != "win32":
        dispatcher.FunctionCache = _LockedCache  # type: ignore[attr-defined]  # what decorated kernels are kept by


def is_kept(function: Any, types: tuple[Any, ...]) -> bool:
    """Whether a compiled version of a function for these argument types is on disk; nothing is compiled."""
    cache = function._cache
    key = cache._index_key(types, function.targetctx.codegen())
    return key in cache._cache_file._load_index()


class _LockedCache(FunctionCache):
    """Compiled versions of a function on disk, locked while one is being compiled."""

    _lock: int | None = None
    """File descriptor of the lock, if held."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        found = super().load_overload(sig, target_context)
        if found is None:
            self._acquire()
            found = super().load_overload(sig, target_context)  # another process may have stored it meanwhile
            if found is not None:
                self._release()
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        finally:
            self._release()

    def _acquire(self) -> None:
        if self._lock is not None:
            return
        began = time.perf_counter()
        with suppress(OSError):  # without a lock it is only compiled more than once
            self._impl.locator.ensure_cache_path()
            place = Path(self.cache_path, f"{self._impl.filename_base}.lock")
            self._lock = os.open(place, os.O_CREAT | os.O_WRONLY)
            if sys.platform != "win32":
                fcntl.flock(self._lock, fcntl.LOCK_EX)
        count_waiting(time.perf_counter() - began)

    def _release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
