"""How gunicorn serves the practice in a container: threads, for pages that mostly wait for the database."""

import ctypes
import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60  # seconds
graceful_timeout = 20  # seconds; compose waits ten more
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm"  # noqa: S108 -- the heartbeat's file: in memory, and the root is read-only
control_socket_disable = True

# glibc gives each thread an arena of its own and keeps what it once took; threads that share the GIL need no more than
# one, and a worker is some fifteen megabytes smaller.
if hasattr(libc := ctypes.CDLL(None), "mallopt"):
    libc.mallopt(-8, 1)  # M_ARENA_MAX of malloc.h
