"""What facet compile leaves in a directory: the whole artifact, or what was there before.

    python3 output_test.py COMPILE INTERRUPT.so CHECKPOINT
"""
import fcntl
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

COMPILE, INTERRUPT, CHECKPOINT = sys.argv[1:4]
OLD = b"an older artifact"


def compile_to(path, wrapper=(), preexec=None, **environment):
    command = [*wrapper, COMPILE, CHECKPOINT, "-o", path, "--target", "x86-64-v3"]
    if environment:
        environment["LD_PRELOAD"] = INTERRUPT
        environment["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
    return subprocess.run(command, env={**os.environ, **environment}, stderr=subprocess.PIPE, text=True, preexec_fn=preexec)


def contents(path):
    with open(path, "rb") as file:
        return file.read()


class Output(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="facet-output-")
        whole = os.path.join(cls.directory, "whole.facet")
        assert compile_to(whole).returncode == 0
        cls.whole = contents(whole)
        os.unlink(whole)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.directory)

    def setUp(self):
        for name in os.listdir(self.directory):
            os.unlink(os.path.join(self.directory, name))
        self.path = os.path.join(self.directory, "model.facet")
        with open(self.path, "wb") as file:
            file.write(OLD)

    def beside(self):
        return sorted(name for name in os.listdir(self.directory) if name != "model.facet")

    def expect_refused(self, run, message):
        self.assertEqual((run.returncode, run.stderr), (1, message))
        self.assertEqual(contents(self.path), OLD)
        self.assertEqual(self.beside(), [])

    # The older file until the very end; a name that is left behind goes with the next run.
    def expect_old_or_new(self, moments, **environment):
        for moment, after, left in moments:
            with self.subTest(moment, **environment):
                self.setUp()
                run = compile_to(self.path, FACET_TEST_KILL_BEFORE=moment, **environment)
                self.assertEqual(run.returncode, -signal.SIGKILL)
                self.assertEqual(contents(self.path), after)
                self.assertEqual(len(self.beside()), left)
                if left:
                    self.assertRegex(self.beside()[0], r"^model\.facet\.tmp\d+-0$")
                    self.assertEqual(compile_to(self.path).returncode, 0)
                    self.assertEqual(contents(self.path), self.whole)
                    self.assertEqual(self.beside(), [])

    def test_killed(self):
        self.expect_old_or_new(
            [("posix_fallocate", OLD, 0), ("pwrite", OLD, 0), ("pwrite:5", OLD, 0), ("fsync", OLD, 0), ("linkat", OLD, 0),
             ("rename", OLD, 1), ("fsync:2", self.whole, 0)])

    def test_killed_without_nameless_files(self):
        self.expect_old_or_new(
            [("posix_fallocate", OLD, 1), ("pwrite:5", OLD, 1), ("rename", OLD, 1), ("fsync:2", self.whole, 0)],
            FACET_TEST_NO_TMPFILE="1")

    def start(self):
        return subprocess.Popen([COMPILE, CHECKPOINT, "-o", self.path, "--target", "x86-64-v3"])

    def test_killed_at_random_moments(self):
        begin = time.monotonic()
        self.assertEqual(self.start().wait(), 0)
        seconds = time.monotonic() - begin
        draw = random.Random(1)
        for _ in range(6):
            self.setUp()
            process = self.start()
            time.sleep(draw.uniform(0, seconds))
            process.kill()
            process.wait()
            self.assertIn(contents(self.path), (OLD, self.whole))
        self.assertEqual(self.start().wait(), 0)
        self.assertEqual((contents(self.path), self.beside()), (self.whole, []))

    def test_two_at_once(self):
        both = [self.start(), self.start()]
        self.assertEqual([process.wait() for process in both], [0, 0])
        self.assertEqual((contents(self.path), self.beside()), (self.whole, []))

    # What a living compile holds locked stays, and so do files of other names.
    def test_leftovers(self):
        kept = ["model.facet.tmp1-0", "model.facet.tmp", "model.facet.tmp2-x", "other.facet.tmp2-0"]
        for name in [*kept, "model.facet.tmp2-0", "model.facet.tmp2-1"]:
            open(os.path.join(self.directory, name), "w").close()
        with open(os.path.join(self.directory, kept[0])) as living:
            fcntl.flock(living, fcntl.LOCK_EX)
            self.assertEqual(compile_to(self.path).returncode, 0)
        self.assertEqual(self.beside(), sorted(kept))

    def test_full_disk(self):
        with self.subTest("limit on the size of files"):
            limit = 1 << 20
            run = compile_to(self.path, preexec=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
            self.expect_refused(
                run, f"facet compile: cannot write '{self.path}', which needs {len(self.whole)} bytes in "
                f"'{self.directory}': File too large; nothing was written\n")
        with self.subTest("file system"):
            # A small one in a mount namespace of its own; the script shows what it holds afterwards.
            script = ('mount -t tmpfs -o size=1m none "$0" && cd "$0" && printf old > model.facet && '
                      '("$@" 2>&1; echo "exit $?"; ls -A; cat model.facet)')
            wrapper = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, self.directory]
            if not shutil.which("unshare") or subprocess.run([*wrapper, "true"], capture_output=True).returncode:
                self.skipTest("cannot mount a tmpfs")
            command = [COMPILE, CHECKPOINT, "-o", "model.facet", "--target", "x86-64-v3"]
            run = subprocess.run([*wrapper, *command], stdout=subprocess.PIPE, text=True)
            self.assertEqual(
                run.stdout, f"facet compile: cannot write 'model.facet', which needs {len(self.whole)} bytes in '.': "
                "No space left on device; nothing was written\nexit 1\nmodel.facet\nold")

    def test_paths(self):
        run = compile_to(self.directory)
        self.expect_refused(run, f"facet compile: cannot replace '{self.directory}': expected the name of a file, such as "
                            f"'{self.directory}/model.facet'\n")
        nowhere = os.path.join(self.directory, "none", "model.facet")
        self.expect_refused(
            compile_to(nowhere), f"facet compile: cannot create a file in '{os.path.dirname(nowhere)}': "
            f"no such directory; make it first: mkdir -p {os.path.dirname(nowhere)}; nothing was written\n")
        # That is said before code is generated.
        phases = os.path.join(self.directory, "phases")
        run = subprocess.run([COMPILE, CHECKPOINT, "-o", nowhere, "--dump-phases", phases], capture_output=True)
        self.assertEqual((run.returncode, os.path.exists(phases)), (1, False))
        link = os.path.join(self.directory, "link")
        os.symlink("model.facet", link)
        self.assertEqual(compile_to(link).returncode, 0)
        self.assertTrue(os.path.islink(link))
        self.assertEqual(contents(self.path), self.whole)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
