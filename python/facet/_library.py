"""The shared runtime through ctypes: structs and functions of facet.h and facet_text.h."""
from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, Structure, c_char, c_char_p, c_float, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p
from typing import Any


class CError(Structure):
    _fields_ = [("code", c_int), ("message", c_char * 512)]


class Log(Structure):
    _fields_ = [("write", c_void_p), ("context", c_void_p)]


class Progress(Structure):
    _fields_ = [("update", c_void_p), ("context", c_void_p)]


class CancelToken(Structure):
    _fields_ = [("requested", c_int32)]


class OpenOptions(Structure):
    _fields_ = [("size", c_size_t), ("verify", c_int), ("copy", c_int), ("root_digest", c_char_p), ("allocator", c_void_p),
                ("log", Log), ("cancel", POINTER(CancelToken)), ("progress", Progress)]


class SessionOptions(Structure):
    _fields_ = [("size", c_size_t), ("context", c_int32), ("sequences", c_int32), ("page_positions", c_int32),
                ("max_rows", c_int32), ("max_outputs", c_int32), ("rollback", c_int32), ("pool_positions", c_int64),
                ("shuffle_seed", c_uint64), ("executor", c_void_p), ("allocator", c_void_p), ("log", Log),
                ("cancel", POINTER(CancelToken))]


class SamplerOptions(Structure):
    _fields_ = [("size", c_size_t), ("greedy", c_int32), ("top_k", c_int32), ("temperature", c_float), ("top_p", c_float),
                ("min_p", c_float), ("seed", c_uint64)]


TextFunction = ctypes.CFUNCTYPE(c_int, c_void_p, c_int, POINTER(c_char), c_size_t)


class TextOptions(Structure):
    _fields_ = [("size", c_size_t), ("max_tokens", c_int32), ("stop_count", c_int32), ("stops", POINTER(c_char_p)),
                ("sampling", POINTER(SamplerOptions)), ("on_text", TextFunction), ("context", c_void_p)]


class TextGenerated(Structure):
    _fields_ = [("tokens", c_int32), ("finish", c_int), ("stopped", c_int32)]


class ModelDetails(Structure):
    _fields_ = [("architecture", c_char_p), ("vocab_size", c_int32), ("hidden_size", c_int32), ("layer_count", c_int32),
                ("max_positions", c_int32), ("max_rows", c_int32), ("bos_id", c_int32), ("pad_id", c_int32), ("stop_count", c_int32),
                ("stop_ids", POINTER(c_int32)), ("weight_format", c_char_p), ("do_sample", c_int32), ("top_k", c_int32),
                ("temperature", c_float), ("top_p", c_float), ("min_p", c_float), ("path", c_char_p), ("abi", c_uint32),
                ("file_bytes", c_uint64), ("weight_bytes", c_uint64), ("root_digest", POINTER(ctypes.c_ubyte)), ("variant", c_int32),
                ("variant_count", c_int32), ("section_count", c_int32), ("kernel_count", c_int32), ("entry_count", c_int32),
                ("dispatch_count", c_int32), ("weight_count", c_int32), ("kv_count", c_int32), ("stream_count", c_int32),
                ("weights_verified", c_int32)]


class Outputs(Structure):
    _fields_ = [("logits", POINTER(c_float)), ("hidden", POINTER(c_float))]


_FAILABLE: dict[str, list[Any]] = {
    "facet_model_open": [c_char_p, POINTER(OpenOptions), POINTER(c_void_p)],
    "facet_session_create": [c_void_p, POINTER(SessionOptions), POINTER(c_void_p)],
    "facet_sequence_create": [c_void_p, POINTER(c_void_p)],
    "facet_sequence_fork": [c_void_p, POINTER(c_void_p)],
    "facet_sequence_truncate": [c_void_p, c_int32],
    "facet_session_prefill": [c_void_p, c_void_p, POINTER(c_int32), c_int32, c_uint32, POINTER(Outputs)],
    "facet_text_open": [c_void_p, POINTER(c_void_p)],
    "facet_text_encode": [c_void_p, c_char_p, c_size_t, c_int, POINTER(c_int32), c_size_t, POINTER(c_size_t)],
    "facet_text_encode_chat": [c_void_p, c_char_p, c_size_t, POINTER(c_int32), c_size_t, POINTER(c_size_t)],
    "facet_text_decode": [c_void_p, POINTER(c_int32), c_size_t, c_int, POINTER(c_char), c_size_t, POINTER(c_size_t)],
    "facet_text_generate": [c_void_p, c_void_p, c_void_p, POINTER(c_int32), c_int32, POINTER(TextOptions),
                            POINTER(TextGenerated)],
}
_OTHERS: dict[str, tuple[Any, list[Any]]] = {
    "facet_model_close": (None, [c_void_p]),
    "facet_model_describe": (None, [c_void_p, POINTER(ModelDetails)]),
    "facet_session_destroy": (None, [c_void_p]),
    "facet_sequence_destroy": (None, [c_void_p]),
    "facet_sequence_length": (c_int32, [c_void_p]),
    "facet_text_close": (None, [c_void_p]),
    "facet_sampler_defaults": (None, [c_void_p, POINTER(SamplerOptions)]),
    "facet_cancel_request": (None, [POINTER(CancelToken)]),
}


def load() -> ctypes.CDLL:
    """FACET_LIBRARY names libfacet_text.so; else the loader's path is searched."""
    name = os.environ.get("FACET_LIBRARY", "libfacet_text.so.0")
    try:
        library = ctypes.CDLL(name)
    except OSError as problem:
        raise ImportError(f"cannot load the Facet runtime: {problem}; install the package facet-runtime, or set "
                          "FACET_LIBRARY to the path of libfacet_text.so") from None
    for function, arguments in _FAILABLE.items():
        getattr(library, function).argtypes = [*arguments, POINTER(CError)]
        getattr(library, function).restype = c_int
    for function, (result, arguments) in _OTHERS.items():
        getattr(library, function).argtypes = arguments
        getattr(library, function).restype = result
    return library
