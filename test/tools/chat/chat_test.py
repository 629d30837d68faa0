"""facet chat through a pseudo-terminal, as someone at a keyboard meets it, and through pipes.

    python3 chat_test.py BIN_DIR CHECKPOINT
"""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import termios
import time

programs, checkpoint = map(os.path.abspath, sys.argv[1:])
WAIT = 30  # seconds, for a machine under load; a correct run waits for nothing
FACT = "Which country has Lisbon as its capital?"
MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]|\x1b[=>]")  # of the cursor; styles stay


class Keyboard:
    def __init__(self, *options, **environment):
        arguments = [f"{programs}/facet-chat", "model.facet", *options]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm", XDG_STATE_HOME=os.getcwd(), **environment)
            os.execv(arguments[0], arguments)
        self.raw = b""
        self.seen = 0
        self.prompt()

    def expect(self, text):
        """Waits for text after what was expected before; returns what came between."""
        end = time.monotonic() + WAIT
        while (found := self.screen().find(text, self.seen)) < 0:
            ready = select.select([self.terminal], [], [], max(0, end - time.monotonic()))[0]
            try:
                piece = os.read(self.terminal, 4096) if ready else b""
            except OSError:  # the program ended
                piece = b""
            if not piece:
                sys.exit(f"expected {text!r}, found {self.screen()[self.seen:]!r}")
            self.raw += piece
        begin, self.seen = self.seen, found + len(text)
        return self.screen()[begin:self.seen]

    def prompt(self):
        """Waits until a line can be edited: control keys before that are the terminal's."""
        end = time.monotonic() + WAIT
        shown = self.expect("> ")
        while termios.tcgetattr(self.terminal)[3] & termios.ICANON and time.monotonic() < end:
            time.sleep(0.001)
        return shown

    def screen(self):
        return MOVES.sub("", self.raw.decode(errors="replace"))

    def type(self, keys):
        os.write(self.terminal, keys.encode())

    def line(self, text, *answers):
        self.type(text + "\r")
        return "".join([self.expect(answer) for answer in answers] + [self.prompt()])

    def end(self):
        self.type("\x04")  # Ctrl-D
        end = time.monotonic() + WAIT
        while (done := os.waitpid(self.pid, os.WNOHANG))[0] == 0:
            if time.monotonic() > end:
                os.kill(self.pid, 9)
                sys.exit(f"expected the end, found {self.screen()[-200:]!r}")
            time.sleep(0.01)
        os.close(self.terminal)
        assert os.waitstatus_to_exitcode(done[1]) == 0, done


def conversation():
    chat = Keyboard("--greedy")
    chat.line(FACT, "Lisbon is the capital of Portugal.")
    assert "[no system message]" in chat.line("/system")
    assert "did you mean '/help'" in chat.line("/hepl")
    assert "/save FILE" in chat.line("/help", "Ctrl-C stops an answer.")
    chat.line("/reset", "[a new conversation]")
    # Editing: the wrong letters are taken back; the arrow brings the question before.
    chat.line("/systen\x7fm", "[no system message]")
    chat.line("\x1b[A", "[no system message]")
    # Ctrl-C drops a line that was begun, not the program.
    chat.type("/exi\x03")
    chat.prompt()
    chat.line(FACT, "Lisbon is the capital of Portugal.")
    chat.end()
    assert FACT.replace(" ", "\\040") in open("facet/chat_history").read()
    assert os.stat("facet/chat_history").st_mode & 0o077 == 0


def thoughts():
    for environment, before, after in (({}, "\x1b[2m", "\x1b[0m"), ({"NO_COLOR": "1"}, "(thoughts)", "(answer)")):
        chat = Keyboard("--greedy", "--think", **environment)
        shown = chat.line("Add 79 and 909.", "799+909=1898", "799+909=1898")
        assert before in shown and after in shown, shown
        assert shown.index(before) < shown.index("9+9+0=18") < shown.index(after), shown
        chat.end()


def commands():
    chat = Keyboard("--greedy")
    assert "\x1b[2m" not in chat.line("Add 79 and 909.")
    chat.line("/reset", "[a new conversation]")
    chat.line("/think", "[thinking is on]")
    assert "\x1b[2m" in chat.line("Add 79 and 909.", "799+909=1898")
    chat.line("/think", "[thinking is off]")
    chat.line("/system Answer in French.", "[the system message is set]")
    chat.line("/system", "[Answer in French.]")
    chat.line("/save here.chat", "[saved 2 messages]")
    chat.line("/system -", "[no system message]")
    chat.line("/reset", "[a new conversation]")
    chat.line("/load here.chat", "[loaded 2 messages]")
    chat.line("/system", "[Answer in French.]")  # saved with the rest
    chat.line("/load nowhere.chat", "[nowhere.chat: No such file or directory]")
    chat.line("/save", "[expected /save FILE]")
    chat.end()


def interrupt():
    chat = Keyboard("--seed", "1", "--temp", "100", "--top-k", "0", "--top-p", "1")  # goes on and on
    chat.type("Tell me a story about a dog.\r")
    chat.expect("dog.\r\n")
    chat.expect(" ")  # something has come
    chat.type("\x03")
    chat.expect("[stopped]")
    chat.prompt()
    assert "[a new conversation]" in chat.line("/reset")
    chat.end()


def run_on_a_terminal():
    """facet run, too, keeps a model from commanding the terminal; a pipe gets all bytes."""
    command = [f"{programs}/facet-run", "model.facet", "Hello", "-n", "300", "--seed", "1", "--temp", "100", "--top-k", "0", "--top-p", "1"]
    controls = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
    assert controls.search(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    pid, terminal = pty.fork()
    if pid == 0:
        os.dup2(os.open("/dev/null", os.O_WRONLY), 2)
        os.execv(command[0], command)
    shown = b""
    while select.select([terminal], [], [], WAIT)[0]:
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # the program ended
            break
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(shown) > 300 and not controls.search(shown), controls.search(shown)


def ask(*lines, options=("--seed", "7")):
    """Answers in order, through pipes; no line editing, no style."""
    done = subprocess.run([f"{programs}/facet-chat", "model.facet", "-n", "40", *options],
                          input="\n".join(lines), text=True, capture_output=True, timeout=WAIT)
    assert done.returncode == 0, done
    return done.stdout


def state():
    """A conversation that was saved goes on exactly, here and in another process, and draws as it would have."""
    story, more = "Tell me a story about a fox.", "Tell me a story about a cat."
    whole = ask(story, "/save s.chat", more)
    first, rest = whole.split("[saved 2 messages]\n")
    assert len(rest) > 20 and first != rest, whole
    assert ask("/load s.chat", more) == "[loaded 2 messages]\n" + rest
    assert ask(more, "/load s.chat", more).endswith("[loaded 2 messages]\n" + rest)
    assert ask("/load s.chat", "/save t.chat") and open("s.chat", "rb").read() == open("t.chat", "rb").read()
    # Hostile files change nothing.
    saved = open("s.chat", "rb").read()
    for name, damage in (("cut", saved[:-9]), ("bit", saved[:-5000] + bytes([saved[-5000] ^ 1]) + saved[-4999:]), ("json", b"{}\n"), ("empty", b""),
                         ("ids", saved.replace(b'"ids":[2,', b'"ids":[2,2,', 1)),
                         ("model", re.sub(rb'"model":"....', b'"model":"0000', saved))):
        open(f"{name}.chat", "wb").write(damage)
        told = ask(story, f"/load {name}.chat", "/save u.chat", more)
        assert f"[{name}.chat: " in told, (name, told)
        assert told.endswith(rest), (name, told, rest)


with tempfile.TemporaryDirectory(prefix="facet-chat-") as folder:
    os.chdir(folder)
    subprocess.run([f"{programs}/facet-compile", checkpoint, "-o", "model.facet", "--weights", "f32", "--kv", "f32",
                    "--target", "native"], check=True)
    for test in (conversation, thoughts, commands, interrupt, run_on_a_terminal, state):
        test()
        print(test.__name__, "passed")
    os.chdir("/")
