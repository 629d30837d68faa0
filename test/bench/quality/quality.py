"""How far quantised weights stray: mean KL(f32 || quantised) and NLL over the answers in golden/perplexity.json.

    python3 quality.py BIN_DIR WORK_DIR [MODEL...] [--limits]

For each nano model (default: all): q8, q4, q4 by the rule of Q4_0, and q4 rounded against second moments that are
collected on other conversations (conversations.json), all with K/V in f32. --limits: exit 1 if a figure misses
what docs/performance.md promises.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = os.path.join(HERE, "../../models")
Q8_LIMIT = 5e-4  # nats
OF_RULE_LIMIT = {"e": 0.5, "dense": 0.5, "moe": 0.65}


class Model:
    def __init__(self, bin_dir, work_dir, name):
        self.bin, self.work, self.name = bin_dir, work_dir, name
        self.checkpoint = os.path.join(MODELS, "gemma4-nano-" + name)

    def run(self, *arguments):
        return subprocess.run([os.path.join(self.bin, "facet"), *arguments], check=True, capture_output=True,
                              text=True).stdout

    def path(self, suffix):
        return os.path.join(self.work, f"{self.name}-{suffix}")

    def compile(self, suffix, *options, checkpoint=None):
        artifact = self.path(suffix) + ".facet"
        self.run("compile", checkpoint or self.checkpoint, "-o", artifact, "--target", "native", "--kv", "f32",
                 *options)
        return artifact

    def stray(self, artifact):
        """{"kl": ..., "nll": ...} against the artifact in f32."""
        line = self.run("eval", artifact, os.path.join(self.checkpoint, "golden"), "--reference",
                        self.path("f32") + ".facet", "--json").splitlines()[-1]
        return json.loads(line)

    def figures(self):
        self.compile("f32", "--weights", "f32")
        yield "q8", self.stray(self.compile("q8", "--weights", "q8"))
        yield "q4", self.stray(self.compile("q4", "--weights", "q4"))
        subprocess.run([sys.executable, os.path.join(HERE, "q4_0.py"), self.checkpoint, self.path("rule")], check=True)
        yield "q4_0 rule", self.stray(self.compile("rule", "--weights", "q4", checkpoint=self.path("rule")))
        self.run("run", self.compile("bf16"), os.path.join(HERE, "conversations.json"), "--collect-importance",
                 self.path("importance"))
        yield "q4 informed", self.stray(
            self.compile("informed", "--weights", "q4", "--importance", self.path("importance")))


def main():
    arguments = [a for a in sys.argv[1:] if a != "--limits"]
    bin_dir, work_dir, names = arguments[0], arguments[1], arguments[2:] or ["e", "dense", "moe"]
    os.makedirs(work_dir, exist_ok=True)
    failed = False
    print(f"{'model':8}{'weights':14}{'KL (nats)':>12}{'of rule':>10}{'NLL':>10}")
    for name in names:
        rows = dict(Model(bin_dir, work_dir, name).figures())
        rule = rows["q4_0 rule"]["kl"]
        for weights, row in rows.items():
            print(f"{name:8}{weights:14}{row['kl']:12.3e}{row['kl'] / rule:10.2f}{row['nll']:10.4f}")
        failed |= rows["q8"]["kl"] > Q8_LIMIT or rows["q4 informed"]["kl"] > OF_RULE_LIMIT[name] * rule
    sys.exit(failed and "--limits" in sys.argv)


main()
