"""docs/passes.md and a page for each pass in docs/passes: why, options, and the IR before and after.

    python3 pass_pages.py BIN_DIR SOURCE_DIR PASSES_MD DOCS_DIR [check]

Texts come from PASSES_MD, which mlir-tblgen makes of passes/Passes.td, the order from the compiler's phases, and the IR
from the first case of the pass's lit test, run through facet-opt: a verifier's from the first that it refuses. `check` writes nothing and fails if anything would
change.
"""
import glob
import os
import re
import shlex
import subprocess
import sys
import textwrap

PHASES = ("fuse", "quantize", "tile", "plan", "lower", "target")
LONGEST = 70  # lines of IR; of more, the beginning is shown
NOTE = "<!-- generated from passes/Passes.td and lit tests by the target pass-doc -->\n\n"


def described(path):
    """Summary and description by pass, as mlir-tblgen prints them."""
    sections = re.split(r"^### `-(facet-[\w-]+)`\n", open(path).read(), flags=re.M)[1:]
    return dict(zip(sections[::2], (text.strip() for text in sections[1::2])))


def listed(opt):
    """Summary by pass of all that facet-opt has."""
    text = subprocess.run([opt, "--help-hidden"], check=True, capture_output=True, text=True).stdout
    return {name: summary for name, summary in re.findall(r"^ +--(facet-[\w-]+) +- +(.*)$", text, re.M)
            if not name.startswith("facet-phase-")}


def phase_order(opt, phase):
    """Our passes of a phase, in the order in which they run."""
    command = [opt, f"--facet-phase-{phase}", "--dump-pass-pipeline"]
    text = subprocess.run(command, input="module {}", capture_output=True, text=True).stderr
    return re.findall(r"^ *(facet-[\w-]+)", text, re.M)


class LitTest:
    """The test of a pass: its options and its cases, each with what is said of it, its remarks and errors, and the IR."""

    def __init__(self, source, name):
        self.path, = glob.glob(f"{source}/test/**/{re.sub('^facet-(x86-)?', '', name)}.mlir", recursive=True)
        text = open(self.path).read()
        self.options = [option for option in shlex.split(re.search(r"// RUN: facet-opt %s (.*?) (?:\||-o)", text).group(1))
                        if not re.match("-split-input|-verify-diag|--remark", option)]
        text = "\n".join(line for line in text.splitlines()[1:] if "// RUN:" not in line)
        self.cases = [self.case(part) for part in text.split("\n// -----\n")]

    @staticmethod
    def case(text):
        said, code, messages = [], [], []
        for line in text.strip().splitlines():
            comment = re.match(r"\s*// ?(.*)", line)
            if not comment:
                code.append(line)
            elif expected := re.match(r"expected-(?:remark|error) .*?{{(.*)}}", comment[1]):
                messages.append(expected[1])
            elif not re.match(r"([A-Z0-9-]+(\{LITERAL\})?:|expected-note)", comment[1]):
                said.append(comment[1])
        return {"said": " ".join(said), "messages": messages, "code": "\n".join(code).strip()}


def shown(text):
    lines = text.strip().splitlines()
    if len(lines) > LONGEST:
        lines = lines[:LONGEST] + [f"... {len(lines) - LONGEST} more lines"]
    return "```mlir\n" + "\n".join(lines) + "\n```\n"


def without_module(text):
    """What a module without attributes holds, as people write it."""
    inside = re.fullmatch(r"module \{\n(.*)\}\s*", text, re.S)
    return textwrap.dedent(inside[1]) if inside else text


def page(opt, source, name, text):
    test = LitTest(source, name)
    verifies = name.startswith("facet-verify-")
    first = next(case for case in test.cases if not verifies or case["messages"])
    run = subprocess.run([opt, *test.options], input=first["code"], capture_output=True, text=True)
    if verifies:
        after = "## What it says\n\n" + "".join(f"    {line}\n" for line in re.findall(r"error: .*", run.stderr))
    else:
        assert run.returncode == 0, (name, run.stderr)
        after = "## After\n\n" + shown(without_module(run.stdout))
    others = [case for case in test.cases if case is not first and case["said"]]
    cases = "".join(f"- {case['said']}" + "".join(f" (*{message}*)" for message in case["messages"]) + "\n"
                    for case in others)
    command = "`facet opt FILE " + " ".join(map(shlex.quote, test.options)) + "`"
    return (f"# {name}\n\n{NOTE}{text}\n\n## {'Refused' if verifies else 'Before'}\n\n{shown(first['code'])}\n"
            f"{command}\n\n{after}" + (f"\n## Other cases\n\n{cases}" if cases else "")
            + f"\nAll are tested by `{os.path.relpath(test.path, source)}`.\n")


def index_page(opt, passes):
    text = (f"# Passes\n\n{NOTE}In the order in which they run; [architecture](architecture.md#phases) says what each phase "
            "leaves. Passes of MLIR's own (`cse`, `canonicalize`, conversions to the LLVM dialect) run between them.\n")
    verifier = "facet-verify-phase"
    sections = {phase: [name for name in phase_order(opt, phase) if name != verifier] for phase in PHASES}
    sections["After each phase"] = [verifier]
    assert sorted(sum(sections.values(), [])) == sorted(passes), "a pass that runs in no phase, or twice"
    for title, names in sections.items():
        text += f"\n## {title}\n\n" + "".join(f"- [{name}](passes/{name}.md): {passes[name]}\n" for name in names)
    return text


def pages(programs, source, passes_md):
    opt = f"{programs}/facet-opt"
    texts, passes = described(passes_md), listed(opt)
    found = {f"passes/{name}.md": page(opt, source, name, texts.get(name, f"_{passes[name]}_")) for name in passes}
    return {"passes.md": index_page(opt, passes)} | found


def main(programs, source, passes_md, out, check=None):
    wanted = pages(programs, source, passes_md)
    present = {os.path.relpath(path, out): open(path).read()
               for path in [f"{out}/passes.md", *glob.glob(f"{out}/passes/*.md")] if os.path.exists(path)}
    if check:
        stale = sorted(name for name in wanted | present if wanted.get(name) != present.get(name))
        sys.exit(f"stale in {out}: {', '.join(stale)}; build the target pass-doc and commit them" if stale else 0)
    os.makedirs(f"{out}/passes", exist_ok=True)
    for name in present.keys() - wanted.keys():
        os.remove(f"{out}/{name}")
    for name, text in wanted.items():
        with open(f"{out}/{name}", "w") as file:
            file.write(text)


main(*sys.argv[1:])
