"""Simulated workers: one thread for each dyno that is up, consuming the queue.

Must not know: what starts and stops the dynos.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

POLL_SECONDS = 0.2
RECEIVE_SECONDS = 1


class Workers:
    """The workers of one process type. They run while the `with` block does."""

    def __init__(
        self, sqs: Any, queue_url: str, dynos_up: Callable[[], Iterable[str]], seconds_per_message: float
    ) -> None:
        self.sqs = sqs
        self.queue_url = queue_url
        self.dynos_up = dynos_up
        self.seconds_per_message = seconds_per_message
        self.consumed = 0
        self._counting = threading.Lock()
        self._closing = threading.Event()
        self._workers: dict[str, tuple[threading.Thread, threading.Event]] = {}
        self._manager = threading.Thread(target=self._follow_the_dynos, daemon=True)

    def __enter__(self) -> Self:
        self._manager.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._closing.set()
        self._manager.join()

    def _follow_the_dynos(self) -> None:
        while not self._closing.wait(POLL_SECONDS):
            self._start_and_stop(set(self.dynos_up()))
        running = [thread for thread, _ in self._workers.values()]
        self._start_and_stop(set())
        for thread in running:
            thread.join()

    def _start_and_stop(self, up: set[str]) -> None:
        for dyno in self._workers.keys() - up:
            self._workers.pop(dyno)[1].set()
        for dyno in up - self._workers.keys():
            stopping = threading.Event()
            thread = threading.Thread(target=self._work, args=(stopping,), daemon=True, name=dyno)
            self._workers[dyno] = (thread, stopping)
            thread.start()

    def _work(self, stopping: threading.Event) -> None:
        """Until the dyno stops, or the queue is deleted."""
        with suppress(BotoCoreError, ClientError):
            self._receive(stopping)

    def _receive(self, stopping: threading.Event) -> None:
        while not stopping.is_set():
            answer = self.sqs.receive_message(
                QueueUrl=self.queue_url, MaxNumberOfMessages=1, WaitTimeSeconds=RECEIVE_SECONDS
            )
            for message in answer.get("Messages", []):
                self._consume(message["ReceiptHandle"], stopping)

    def _consume(self, handle: str, stopping: threading.Event) -> None:
        """Works on one message; a dyno that is stopped meanwhile returns it to the queue."""
        if stopping.wait(self.seconds_per_message):
            self.sqs.change_message_visibility(QueueUrl=self.queue_url, ReceiptHandle=handle, VisibilityTimeout=0)
            return
        self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=handle)
        with self._counting:
            self.consumed += 1
