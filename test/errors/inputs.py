"""The bad inputs of docs/errors.md, by name: each function makes one in the current directory, where `good` is a
checkpoint and `good.facet` an artifact of it."""
import json
import os
import shutil
import struct

MAKERS = {}


def bad(function):
    MAKERS[function.__name__.replace("_", "-")] = function
    return function


def checkpoint(*without):
    shutil.rmtree("bad", ignore_errors=True)
    os.mkdir("bad")
    for name in os.listdir("good"):
        if name not in without:
            os.link(f"good/{name}", f"bad/{name}")


def text(name, content):
    checkpoint(name)
    with open(f"bad/{name}", "w") as file:
        file.write(content)


def edit(name, change):
    with open(f"good/{name}") as file:
        document = json.load(file)
    change(document)
    text(name, json.dumps(document))


def text_config(**values):
    edit("config.json", lambda document: document["text_config"].update(values))


def weights(change):
    """Rewrites the header of model.safetensors."""
    checkpoint("model.safetensors")
    with open("good/model.safetensors", "rb") as file:
        data = file.read()
    size = struct.unpack_from("<Q", data)[0]
    header = change(data[8:8 + size].decode()).encode()
    with open("bad/model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + data[8 + size:])


def artifact(change):
    with open("good.facet", "rb") as file:
        data = bytearray(file.read())
    with open("bad.facet", "wb") as file:
        file.write(change(data))


@bad
def no_directory(): pass


@bad
def file_for_a_directory(): artifact(lambda data: data)


@bad
def no_config(): checkpoint("config.json")


@bad
def broken_config(): text("config.json", '{"text_config": ')


@bad
def config_key_twice(): text("config.json", '{"model_type": "gemma4", "model_type": "gemma4"}')


@bad
def config_nested_deep(): text("config.json", "[" * 40 + "]" * 40)


@bad
def unknown_config_key(): text_config(attention_sink=4)


@bad
def other_architecture(): text("config.json", '{"model_type": "llama"}')


@bad
def negative_size(): text_config(hidden_size=-1)


@bad
def size_beyond_64_bits(): text_config(vocab_size=10 ** 30)


@bad
def other_activation(): text_config(hidden_activation="relu")


@bad
def pipe_for_config():
    checkpoint("config.json")
    os.mkfifo("bad/config.json")


@bad
def link_out_of_the_checkpoint():
    checkpoint("config.json")
    os.symlink("/etc/hostname", "bad/config.json")


@bad
def no_weights(): checkpoint("model.safetensors")


@bad
def weights_of_five_bytes(): text("model.safetensors", "hello")


@bad
def header_beyond_the_file(): text("model.safetensors", "\x7f" * 64)


@bad
def unknown_dtype(): weights(lambda header: header.replace('"BF16"', '"BF61"', 1).replace('"F32"', '"F23"', 1))


@bad
def tensor_renamed(): weights(lambda header: header.replace("layers.0.input_layernorm", "layers.0.input_layernork", 1))


@bad
def weights_cut_short():
    weights(lambda header: header)
    os.truncate("bad/model.safetensors", os.path.getsize("bad/model.safetensors") - 1)


@bad
def tensors_overlap(): weights(lambda header: header.replace("[36864,528384]", "[36862,528382]"))


@bad
def offsets_beyond_64_bits(): weights(lambda header: header.replace("[36864,528384]", f"[36864,{2**64 + 528384}]"))


@bad
def shape_overflows(): weights(lambda header: header.replace("[1280,192]", f"[{2**32},{2**32}]"))


@bad
def config_contradicts_tensors(): text_config(intermediate_size=400)


@bad
def index_leaves_the_directory():
    text("model.safetensors.index.json", '{"weight_map": {"x": "../x.safetensors"}}')
    os.unlink("bad/model.safetensors")


@bad
def index_names_no_file():
    text("model.safetensors.index.json", '{"weight_map": {"x": "x.safetensors"}}')
    os.unlink("bad/model.safetensors")


@bad
def broken_tokenizer(): text("tokenizer.json", '{"model": ')


@bad
def other_normalizer(): edit("tokenizer.json", lambda document: document.update(normalizer={"type": "NFC"}))


@bad
def stop_id_beyond_the_vocabulary(): edit("generation_config.json", lambda document: document.update(eos_token_id=10 ** 6))


@bad
def no_artifact(): pass


@bad
def directory_for_an_artifact(): pass


@bad
def empty_artifact(): artifact(lambda data: b"")


@bad
def other_format(): artifact(lambda data: b"GGUF" + data[4:])


@bad
def short_artifact(): artifact(lambda data: data[:100])


@bad
def other_abi(): artifact(lambda data: data[:8] + struct.pack("<I", 99) + data[12:])


@bad
def damaged_header(): artifact(lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:])


@bad
def shrinks_while_mapped(): artifact(lambda data: data)


@bad
def unreadable_page(): artifact(lambda data: data)


@bad
def mounted_noexec(): artifact(lambda data: data)


@bad
def prompt_not_utf_8(): pass


@bad
def prompt_beyond_the_context(): pass
