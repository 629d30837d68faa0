"""What bash, zsh and fish offer for the last word of a command line, with the completions below the working directory."""
import os
import pty
import select
import shutil
import subprocess
import time

WAIT = 60  # seconds, for a machine under load; a correct run waits for nothing


def bash(line):
    script = ('. share/bash-completion/completions/facet; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _facet; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    return subprocess.run(["bash", "-c", script, "bash", *line.split(" ")], check=True, capture_output=True, text=True).stdout.split()


def fish(line):
    script = f"source share/fish/vendor_completions.d/facet.fish; complete -C '{line}'"
    home = dict(os.environ, HOME=os.getcwd(), XDG_CONFIG_HOME=os.getcwd(), XDG_DATA_HOME=os.getcwd())
    done = subprocess.run(["fish", "--no-config", "-c", script], check=True, capture_output=True, text=True, env=home)
    assert not done.stderr, done.stderr
    return [row.split("\t")[0] for row in done.stdout.splitlines()]


# A widget that notes what compadd is given, in place of showing it.
ZSH = """
fpath=($PWD/share/zsh/site-functions $fpath)
autoload -U compinit; compinit -u -D
zstyle ':completion:*' list-grouped false
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return $?; fi
  local -a fits; builtin compadd -A fits "$@"
  print -rl -- ${(Q)fits} >> offered
  builtin compadd "$@"
}
note() { : > offered; zle complete-word; : > noted; BUFFER=; }
zle -N note; bindkey '^X' note; print READY
"""


def zsh(line):
    open("capture.zsh", "w").write(ZSH)
    for name in "noted", "offered":
        if os.path.exists(name):
            os.remove(name)
    process, terminal = pty.fork()
    if process == 0:
        os.environ.update(TERM="xterm", HOME=os.getcwd(), ZDOTDIR=os.getcwd(), PS1="PROMPT ")
        os.execvp("zsh", ["zsh", "-f", "-i"])
    screen, end = b"", time.monotonic() + WAIT
    keys = [(b"PROMPT ", b"source ./capture.zsh\n"), (b"READY\r\n", line.encode() + b"\x18")]
    while not os.path.exists("noted") and time.monotonic() < end:
        if select.select([terminal], [], [], 0.01)[0]:
            screen += os.read(terminal, 4096)
        if keys and keys[0][0] in screen:
            os.write(terminal, keys.pop(0)[1])
    os.kill(process, 9)
    os.waitpid(process, 0)
    os.close(terminal)
    assert os.path.exists("noted"), screen.decode(errors="replace")
    os.remove("noted")
    return open("offered").read().split()


def offers(shell, line):
    """Without the slashes of directories; None where the shell is not installed."""
    return {word.rstrip("/") for word in {"bash": bash, "zsh": zsh, "fish": fish}[shell](line)} if shutil.which(shell) else None
