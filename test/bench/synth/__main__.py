"""Writes a Hugging Face directory of a published shape with random weights, for measuring on true sizes.

    python3 test/bench/synth CONFIG.json OUT_DIR [--layers N] [--seed S]

CONFIG is one of test/frontend/configs, or any config.json of the family. Text tensors only: the towers' configs become
null. The same arguments write the same bytes. What is random is said in weights.py and vocabulary.py.
"""
import argparse
import json
import pathlib
import shutil

from shapes import cut_layers, text_tensors
from vocabulary import write_tokenizer
from weights import write_weights

NANO = pathlib.Path(__file__).parents[2] / "models" / "gemma4-nano-e"  # its chat template and token names are ours


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("config", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--layers", type=int, help="keep this many, in the proportions of the whole")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    config = json.loads(arguments.config.read_text())
    nested = "text_config" in config
    text = config["text_config"] if nested else config
    if arguments.layers:
        cut_layers(text, arguments.layers)
    if nested:
        config.update(vision_config=None, audio_config=None)
    arguments.out.mkdir(parents=True, exist_ok=True)

    def write_json(name, value):
        (arguments.out / name).write_text(json.dumps(value, indent=1) + "\n")

    write_json("config.json", config)
    generation = json.loads((NANO / "generation_config.json").read_text())
    generation["eos_token_id"] = write_tokenizer(arguments.out / "tokenizer.json", text["vocab_size"])
    write_json("generation_config.json", generation)
    names = json.loads((NANO / "tokenizer_config.json").read_text())
    write_json("tokenizer_config.json", names | {"model_max_length": text["max_position_embeddings"]})
    shutil.copy(NANO / "chat_template.jinja", arguments.out)
    prefix = "model.language_model." if nested else "model."
    tensors = [(prefix + name, shape) for name, shape in text_tensors(text)]
    write_weights(arguments.out / "model.safetensors", tensors, arguments.seed)


main()
