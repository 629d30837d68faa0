"""Completions for bash, zsh and fish, man pages and pages of docs/tools, from the tables that the programs print.

    python3 generate.py BIN_DIR OUT_DIR

writes share/bash-completion/completions/facet, share/zsh/site-functions/_facet,
share/fish/vendor_completions.d/facet.fish, share/man/man1/facet.1 and facet-VERB.1, and doc/VERB.md below OUT_DIR.
"""
import json
import os
import re
import subprocess
import sys


def tables(programs):
    """The table of each verb, in the order of `facet --help`."""
    listing = subprocess.run([f"{programs}/facet", "--help"], check=True, capture_output=True, text=True).stdout
    return [json.loads(subprocess.run([f"{programs}/facet-{verb}", "--help=json"], check=True, capture_output=True, text=True).stdout)
            for verb in re.findall(r"^  ([a-z-]+) ", listing, re.M)]


def shown(entry):
    """Name of what a person gives for it, or "" for a flag."""
    return entry["value"] if entry["kind"] != "flag" else ""


def bash_values(entry):
    ways = [f'-W "{" ".join(entry["choices"])}"'] * bool(entry["choices"]) + [{"file": "-f", "directory": "-d"}.get(entry["kind"], "")]
    return f'COMPREPLY=($(compgen {" ".join(filter(None, ways))} -- "$cur"))' if any(ways) else ":"


def bash(verbs):
    lines = ["# bash completion of facet, generated from the option tables of its programs", "_facet() {",
             '  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}"', "  COMPREPLY=()",
             "  if [ \"$COMP_CWORD\" -eq 1 ]; then",
             f'    COMPREPLY=($(compgen -W "{" ".join(v["verb"] for v in verbs)} --help --version" -- "$cur"))', "    return", "  fi",
             '  case "${COMP_WORDS[1]}:$prev" in']
    for verb in verbs:
        for option in verb["options"]:
            if shown(option):
                lines.append(f'    {verb["verb"]}:{option["name"]}) {bash_values(option)}; return ;;')
    lines += ["  esac", '  case "${COMP_WORDS[1]}:$cur" in']
    for verb in verbs:
        names = " ".join([o["name"] for o in verb["options"]] + ["--help"])
        lines.append(f'    {verb["verb"]}:-*) COMPREPLY=($(compgen -W "{names}" -- "$cur")) ;;')
        if takes_directory(verb):
            lines.append(f'    {verb["verb"]}:*) COMPREPLY=($(compgen -d -- "$cur")) ;;')
    lines += ['    *) COMPREPLY=($(compgen -f -- "$cur")) ;;', "  esac", "}", "complete -o filenames -F _facet facet", ""]
    return "\n".join(lines)


def takes_directory(verb):
    """Whether all its arguments are directories."""
    return bool(verb["arguments"]) and all(argument["kind"] == "directory" for argument in verb["arguments"])


def zsh_quoted(text):
    return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")


def zsh_action(entry):
    words, files = "(" + " ".join(entry["choices"]) + ")", {"file": "_files", "directory": "_files -/"}.get(entry["kind"], "")
    if entry["choices"] and files:
        return f'{{_alternative "words\\:word\\:{words}" "files\\:file\\:{files}"}}'
    return words if entry["choices"] else files


def zsh_option(option):
    again = "*" if "may be repeated" in option["help"] else ""
    value = f":{zsh_quoted(option['value'])}:{zsh_action(option)}" if shown(option) else ""
    return f"'{again}{option['name']}[{zsh_quoted(option['help'])}]{value}'"


def zsh(verbs):
    lines = ["#compdef facet", "# zsh completion of facet, generated from the option tables of its programs", "_facet() {",
             "  local -a verbs", "  verbs=("]
    lines += [f"    '{zsh_quoted(v['verb'])}:{zsh_quoted(v['summary'])}'" for v in verbs]
    lines += ["  )", "  if (( CURRENT == 2 )); then", "    _describe verb verbs", "    return", "  fi",
              "  local verb=$words[2]", "  shift words", "  (( CURRENT-- ))", "  case $verb in"]
    for verb in verbs:
        lines.append(f"    {verb['verb']}) _arguments \\")
        lines += [f"      {zsh_option(option)} \\" for option in verb["options"]]
        lines.append("      '--help[its options]' \\")
        lines.append("      '*:directory:_files -/' ;;" if takes_directory(verb) else "      '*:file:_files' ;;")
    return "\n".join(lines + ["  esac", "}", '_facet "$@"', ""])


def fish_quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish_values(entry):
    if not shown(entry):
        return ""
    words = " ".join(entry["choices"])
    if entry["kind"] == "directory":
        words = "(__fish_complete_directories)"
    return (" -r" if entry["kind"] == "file" else " -x") + (f" -a {fish_quoted(words)}" if words else "")


def fish(verbs):
    lines = ["# fish completion of facet, generated from the option tables of its programs", "function __facet_verb",
             "    set -l words (commandline -opc)", '    test (count $words) -gt 1; and test "$words[2]" = $argv[1]', "end",
             "complete -c facet -n __fish_is_first_token -f"]
    for verb in verbs:
        of_verb = f"complete -c facet -n '__facet_verb {verb['verb']}'"
        lines.append(f"complete -c facet -n __fish_is_first_token -a {verb['verb']} -d {fish_quoted(verb['summary'])}")
        if takes_directory(verb):
            lines.append(f"{of_verb} -f -a '(__fish_complete_directories)'")
        for option in verb["options"]:
            name = f"-l {option['name'][2:]}" if option["name"].startswith("--") else f"-s {option['name'][1:]}"
            lines.append(f"{of_verb} {name}{fish_values(option)} -d {fish_quoted(option['help'])}")
        lines.append(f"{of_verb} -l help -d 'its options'")
    return "\n".join(lines + [""])


def roff(text):
    """Lines that begin with two blanks are kept as they are."""
    out = []
    for line in text.replace("\\", "\\e").replace("-", "\\-").split("\n"):
        line = "\\&" + line if line.startswith((".", "'")) else line
        out.append(f".nf\n{line}\n.fi" if line.startswith("  ") else line)
    return "\n".join(out)


def man(table, version):
    name = f"facet-{table['verb']}"
    parts = [f'.TH {name.upper()} 1 "" "facet {version}" "Facet"', ".SH NAME", f"{roff(name)} \\- {roff(table['summary'])}",
             ".SH SYNOPSIS", roff(table["usage"]), ".SH DESCRIPTION", roff(table["description"]), ".SH OPTIONS"]
    for entry in [a for a in table["arguments"] if a["help"]] + table["options"]:
        value = f" \\fI{roff(entry['value'])}\\fR" if entry["value"] not in ("", entry["name"]) else ""
        parts += [".TP", f"\\fB{roff(entry['name'])}\\fR{value}", roff(entry["help"])]
    if table["notes"]:
        parts += [".SH NOTES", roff(table["notes"])]
    for index, example in enumerate(table["examples"]):
        parts += [".SH EXAMPLES"] * (index == 0) + [".TP", f"\\fB{roff(example['line'])}\\fR", roff(example["does"])]
    return "\n".join(parts + [".SH EXIT STATUS", roff(table["exit_status"]), ""])


def overview(verbs, version):
    """The manual page of facet itself."""
    parts = [f'.TH FACET 1 "" "facet {version}" "Facet"', ".SH NAME", "facet \\- compile Gemma 4 checkpoints, and run what comes out",
             ".SH SYNOPSIS", "facet VERB [ARGUMENTS]\n.br\nfacet \\-\\-help | \\-\\-version", ".SH VERBS",
             roff("Each is a program facet-VERB of its own, which knows --help.")]
    for table in verbs:
        parts += [".TP", f"\\fB{roff(table['verb'])}\\fR", roff(table["summary"])]
    pages = ",\n".join(f".BR {roff('facet-' + table['verb'])} (1)" for table in verbs)
    return "\n".join(parts + [".SH SEE ALSO", pages, ""])


def page(table):
    """Markdown."""
    blocks = re.sub(r"\n((?:  .*(?:\n|$))+)", r"\n\n```text\n\1```\n\n", table["description"] + "\n")
    rows = [(e["name"] + (f" {e['value']}" if e["value"] not in ("", e["name"]) else ""), e["help"])
            for e in table["arguments"] + table["options"]]
    parts = [f"# facet {table['verb']}", table["summary"][0].upper() + table["summary"][1:] + ".",
             f"```text\n{table['usage']}\n```", blocks.strip(),
             "| argument or option | |\n|---|---|\n" + "\n".join(f"| `{a}` | {b} |".replace("FORMAT|FILE", "FORMAT\\|FILE") for a, b in rows)]
    parts += [table["notes"]] * bool(table["notes"])
    parts += [f"`{e['line']}`: {e['does']}" for e in table["examples"]]
    return "\n\n".join(parts + [f"Exit status: {table['exit_status']}."]) + "\n"


def main(programs, out):
    verbs = tables(programs)
    version = subprocess.run([f"{programs}/facet", "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    files = {"share/man/man1/facet.1": overview(verbs, version), "share/bash-completion/completions/facet": bash(verbs), "share/zsh/site-functions/_facet": zsh(verbs),
             "share/fish/vendor_completions.d/facet.fish": fish(verbs)}
    for table in verbs:
        files[f"share/man/man1/facet-{table['verb']}.1"] = man(table, version)
        files[f"doc/{table['verb']}.md"] = page(table)
    for name, text in files.items():
        os.makedirs(os.path.dirname(f"{out}/{name}"), exist_ok=True)
        with open(f"{out}/{name}", "w") as file:
            file.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
