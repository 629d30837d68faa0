"""Models that the Facet compiler made: Model, Session, and text as it comes.

    with facet.Model("gemma.facet") as model, model.session() as session:
        for piece in session.chat([{"role": "user", "content": "Hello"}], max_tokens=100):
            print(piece.text, end="", flush=True)
"""
from __future__ import annotations

import ctypes
import json
import queue
import threading
from dataclasses import dataclass
from typing import Any, Iterator, Optional, Sequence

import numpy
import numpy.typing

from . import _library as c

__all__ = ["Error", "Model", "Piece", "Session"]
_lib = c.load()


class Error(Exception):
    """What facet_error says; `code` is a facet_code."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


def _check(function: str, *arguments: Any) -> None:
    error = c.CError()
    if getattr(_lib, function)(*arguments, ctypes.byref(error)):
        raise Error(error.code, error.message.decode("utf-8", "replace"))


def _ids(ids: Sequence[int]) -> Any:
    return (ctypes.c_int32 * len(ids))(*ids)


@dataclass(frozen=True)
class Piece:
    """A part of an answer, or of the thoughts before it."""

    text: str
    thought: bool = False


class Model:
    """An artifact. Immutable: sessions and threads may share it. Close its sessions first."""

    def __init__(self, path: str, root_digest: Optional[bytes] = None):
        self._model, self._text = ctypes.c_void_p(), ctypes.c_void_p()
        if root_digest is not None and len(root_digest) != 32:
            raise ValueError(f"root_digest: expected 32 bytes, found {len(root_digest)}")
        options = c.OpenOptions(size=ctypes.sizeof(c.OpenOptions), root_digest=root_digest)
        _check("facet_model_open", str(path).encode(), ctypes.byref(options), ctypes.byref(self._model))
        try:
            _check("facet_text_open", self._model, ctypes.byref(self._text))
        except Error:
            self.close()
            raise
        details = c.ModelDetails()
        _lib.facet_model_describe(self._model, ctypes.byref(details))
        self.vocab_size: int = details.vocab_size
        self.max_positions: int = details.max_positions
        self.weight_format: str = details.weight_format.decode()
        self.root_digest: bytes = bytes(details.root_digest[:32])

    def close(self) -> None:
        _lib.facet_text_close(self._text)
        _lib.facet_model_close(self._model)
        self._model, self._text = ctypes.c_void_p(), ctypes.c_void_p()

    def __enter__(self) -> "Model":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def session(self, context: int = 0) -> "Session":
        return Session(self, context)

    def encode(self, text: str, specials: bool = False) -> list[int]:
        """`specials`: names of control tokens become those; for prompts of your own alone."""
        data = text.encode()
        return self._fill("facet_text_encode", data, len(data), int(specials))

    def encode_chat(self, conversation: Any) -> list[int]:
        """A list of messages, or a dict with "messages" and options of the template."""
        data = json.dumps(conversation).encode()
        return self._fill("facet_text_encode_chat", data, len(data))

    def decode(self, ids: Sequence[int], specials: bool = False) -> str:
        size, capacity = ctypes.c_size_t(), 64 * len(ids) + 64
        buffer = ctypes.create_string_buffer(capacity)
        _check("facet_text_decode", self._text, _ids(ids), len(ids), int(specials), buffer, capacity, ctypes.byref(size))
        return buffer.raw[: size.value].decode()

    def _fill(self, function: str, *arguments: Any) -> list[int]:
        capacity = arguments[1] + 4096
        ids, count = (ctypes.c_int32 * capacity)(), ctypes.c_size_t()
        try:
            _check(function, self._text, *arguments, ids, capacity, ctypes.byref(count))
        except Error:
            if count.value <= capacity:
                raise
            ids = (ctypes.c_int32 * count.value)()
            _check(function, self._text, *arguments, ids, count.value, ctypes.byref(count))
        return list(ids[: count.value])


class Session:
    """One sequence of a model. Belongs to one thread at a time."""

    def __init__(self, model: Model, context: int = 0):
        self._model = model
        self._session, self._sequence = ctypes.c_void_p(), ctypes.c_void_p()
        self._cancel = c.CancelToken()
        self._ended = threading.Event()  # the stream that began last is left
        self._busy = threading.Lock()  # held while a stream's thread uses the session
        options = c.SessionOptions(size=ctypes.sizeof(c.SessionOptions), context=context, max_outputs=1,
                                   cancel=ctypes.pointer(self._cancel))
        _check("facet_session_create", model._model, ctypes.byref(options), ctypes.byref(self._session))
        _check("facet_sequence_create", self._session, ctypes.byref(self._sequence))

    def close(self) -> None:
        self._stop()
        _lib.facet_session_destroy(self._session)
        self._session, self._sequence = ctypes.c_void_p(), ctypes.c_void_p()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def __len__(self) -> int:
        return int(_lib.facet_sequence_length(self._sequence))

    def _stop(self) -> None:
        """Ends the stream that began last. A signal may end the wait for its thread: what uses the session next waits again."""
        self._ended.set()
        _lib.facet_cancel_request(ctypes.byref(self._cancel))
        with self._busy:
            self._cancel.requested = 0

    def truncate(self, length: int) -> None:
        self._stop()
        _check("facet_sequence_truncate", self._sequence, length)

    def append(self, ids: Sequence[int]) -> numpy.typing.NDArray[numpy.float32]:
        """Appends ids and returns the logits after the last one."""
        self._stop()
        logits = numpy.empty(self._model.vocab_size, dtype=numpy.float32)
        outputs = c.Outputs(logits=logits.ctypes.data_as(ctypes.POINTER(ctypes.c_float)))
        _check("facet_session_prefill", self._session, self._sequence, _ids(ids), len(ids), 1, ctypes.byref(outputs))
        return logits

    def chat(self, conversation: Any, **options: Any) -> Iterator[Piece]:
        """Empties the sequence and answers a conversation; options are those of generate()."""
        self.truncate(0)
        return self.generate(self._model.encode_chat(conversation), **options)

    def generate(self, prompt: Sequence[int], max_tokens: int = 0, stops: Sequence[str] = (), greedy: bool = False,
                 temperature: Optional[float] = None, seed: int = 0) -> Iterator[Piece]:
        """Appends a prompt and yields what the model says as it comes. Leaving the loop, or Ctrl-C, ends it."""
        sampling = c.SamplerOptions()
        _lib.facet_sampler_defaults(self._model._model, ctypes.byref(sampling))
        sampling.seed = seed
        if temperature is not None:
            sampling.greedy, sampling.temperature = 0, temperature
        if greedy:
            sampling.greedy = 1
        return self._stream(prompt, max_tokens, stops, sampling)

    def _stream(self, prompt: Sequence[int], max_tokens: int, stops: Sequence[str],
                sampling: c.SamplerOptions) -> Iterator[Piece]:
        # The library runs on a thread of its own, so that this one can take signals between pieces.
        self._stop()
        pieces: queue.Queue[Any] = queue.Queue()
        ended = self._ended = threading.Event()

        def on_text(_: Any, part: int, data: Any, size: int) -> int:
            pieces.put(Piece(ctypes.string_at(data, size).decode(), part == 1))
            return int(ended.is_set())

        function = c.TextFunction(on_text)
        names = (ctypes.c_char_p * len(stops))(*(stop.encode() for stop in stops))
        options = c.TextOptions(size=ctypes.sizeof(c.TextOptions), max_tokens=max_tokens, stop_count=len(stops),
                                stops=names, sampling=ctypes.pointer(sampling), on_text=function)

        def work() -> None:
            with self._busy:
                if ended.is_set():  # before it began: nobody waits for it
                    return
                try:
                    _check("facet_text_generate", self._model._text, self._session, self._sequence, _ids(prompt),
                           len(prompt), ctypes.byref(options), None)
                    pieces.put(None)
                except Error as error:
                    pieces.put(error)

        try:
            threading.Thread(target=work, daemon=True).start()
            while (piece := pieces.get()) is not None:
                if isinstance(piece, Error):
                    raise piece
                yield piece
        finally:
            if self._ended is ended:
                self._stop()
