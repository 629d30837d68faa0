"""The language server as editors talk to it, and the set-ups of docs/editors.md in the editors that are installed.

    python3 editors_test.py BIN_DIR DOCS_DIR

NVIM and EMACS may name programs to try instead of nvim and emacs in PATH.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

binaries, docs = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])
GOOD = "func.func @f(%a: tensor<2x8xf32>) -> tensor<2x8xf32> {\n  %0 = facet.add %a, %a : tensor<2x8xf32>\n  return %0 : tensor<2x8xf32>\n}\n"
BAD = GOOD.replace("facet.add", "facet.subtract")
ENVIRONMENT = dict(os.environ, PATH=f"{binaries}{os.pathsep}{os.environ['PATH']}")


class Server:
    """A session with `facet lsp-server`, framed as editors do it."""

    def __init__(self):
        self.process = subprocess.Popen(["facet", "lsp-server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env=ENVIRONMENT)
        self.last = 0

    def send(self, method, params, **more):
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self):
        size = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                size = int(line.split(b":")[1])
        assert size, "the server ended"
        return json.loads(self.process.stdout.read(size))

    def ask(self, method, params):
        self.last += 1
        self.send(method, params, id=self.last)
        while "result" not in (answer := self.receive()) or answer["id"] != self.last:
            pass
        return answer["result"]

    def diagnostics(self):
        while (message := self.receive()).get("method") != "textDocument/publishDiagnostics":
            pass
        return message["params"]["diagnostics"]


def at(line, character):
    return {"textDocument": {"uri": "file:///t.mlir"}, "position": {"line": line, "character": character}}


def protocol():
    server = Server()
    can = server.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})["capabilities"]
    assert can["hoverProvider"] and can["definitionProvider"] and can["completionProvider"], can
    server.send("initialized", {})
    server.send("textDocument/didOpen",
                {"textDocument": {"uri": "file:///t.mlir", "languageId": "mlir", "version": 1, "text": GOOD}})
    assert server.diagnostics() == []
    hover = server.ask("textDocument/hover", at(1, 9))["contents"]["value"]
    assert "facet.add" in hover and "tensor<2x8xf32>" in hover, hover
    definition = server.ask("textDocument/definition", at(2, 10))  # of %0 in `return`
    assert definition[0]["range"]["start"] == {"line": 1, "character": 2}, definition
    server.send("textDocument/didChange",
                {"textDocument": {"uri": "file:///t.mlir", "version": 2}, "contentChanges": [{"text": BAD}]})
    found = server.diagnostics()
    assert len(found) == 1 and "facet.subtract" in found[0]["message"] and found[0]["range"]["start"]["line"] == 1, found
    assert server.ask("shutdown", None) is None
    server.send("exit", None)
    assert server.process.wait(30) == 0


def block(language):
    return re.search(rf"^```{language}\n(.*?)^```", (docs / "editors.md").read_text(), re.M | re.S)[1]


def run(command, folder):
    home = dict(ENVIRONMENT, HOME=str(folder), XDG_CONFIG_HOME=str(folder), XDG_STATE_HOME=str(folder))
    done = subprocess.run(command, cwd=folder, env=home, stdin=subprocess.DEVNULL, text=True, timeout=100,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert "custom op 'facet.subtract' is unknown" in done.stdout, (command, done.returncode, done.stdout)


def neovim(program, folder):
    version = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    if tuple(map(int, re.match(r"NVIM v(\d+)\.(\d+)", version).groups())) < (0, 11):
        return False
    (folder / "nvim").mkdir()
    (folder / "nvim/init.lua").write_text(block("lua"))
    (folder / "show.lua").write_text("""
vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end)
for _, found in ipairs(vim.diagnostic.get(0)) do print(found.message) end
vim.cmd('qa!')
""")
    run([program, "--headless", "bad.mlir", "-S", "show.lua"], folder)
    return True


def emacs(program, folder):
    if subprocess.run([program, "-batch", "-f", "package-activate-all", "-l", "eglot"], capture_output=True).returncode:
        return False
    # What the LLVM project's mode is to eglot.
    (folder / "mlir-mode.el").write_text("""
(define-derived-mode mlir-mode prog-mode "MLIR")
(add-to-list 'auto-mode-alist '("\\\\.mlir\\\\'" . mlir-mode))
(provide 'mlir-mode)
""")
    (folder / "init.el").write_text(f'(add-to-list \'load-path "{folder}")\n' + block("elisp"))
    (folder / "show.el").write_text("""
(require 'eglot)
(setq eglot-sync-connect 60)
(find-file "bad.mlir")
(run-hooks 'post-command-hook) ; without a terminal there are no commands, which eglot-ensure waits for
(with-timeout (60) (while (not (flymake-diagnostics)) (flymake-start) (accept-process-output nil 0.1)))
(dolist (found (flymake-diagnostics)) (message "%s" (flymake-diagnostic-text found)))
""")
    run([program, "-batch", "-f", "package-activate-all", "-l", "init.el", "-l", "show.el"], folder)
    return True


protocol()
tried = []
for name, setting, attempt in ("Neovim", "NVIM", neovim), ("Emacs", "EMACS", emacs):
    program = os.environ.get(setting) or shutil.which(name.lower().replace("neovim", "nvim"))
    with tempfile.TemporaryDirectory(prefix="facet-editors-") as scratch:
        (pathlib.Path(scratch) / "bad.mlir").write_text(BAD)
        if program and attempt(program, pathlib.Path(scratch)):
            tried.append(name)
print("passed; editors tried:", ", ".join(tried) or "none")
