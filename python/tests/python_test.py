"""The Python package: python_test.py ARTIFACT. Needs FACET_LIBRARY and the package on the path."""
import os
import signal
import sys
import threading
import unittest

import facet

ARTIFACT = sys.argv.pop(1)
QUESTION = [{"role": "user", "content": "Tell me a story about a fox."}]


class PackageTest(unittest.TestCase):
    def setUp(self):
        self.model = facet.Model(ARTIFACT)
        self.session = self.model.session()

    def tearDown(self):
        self.session.close()
        self.model.close()

    def test_streams(self):
        pieces = list(self.session.chat(QUESTION, max_tokens=40, greedy=True))
        self.assertGreater(len(pieces), 5)
        self.assertTrue("".join(piece.text for piece in pieces).startswith("Once"))

    def test_stop_strings(self):
        text = "".join(piece.text for piece in self.session.chat(QUESTION, max_tokens=40, greedy=True, stops=["fox"]))
        self.assertNotIn("fox", text)

    def test_logits(self):
        logits = self.session.append(self.model.encode_chat(QUESTION))
        self.assertEqual(logits.shape, (self.model.vocab_size,))
        first = self.model.decode([int(logits.argmax())])
        answer = "".join(piece.text for piece in self.session.chat(QUESTION, max_tokens=1, greedy=True))
        self.assertEqual(first, answer)

    def test_text_round_trip(self):
        self.assertEqual(self.model.decode(self.model.encode("a fox, a crow")), "a fox, a crow")

    def test_data_yields_no_control_token(self):
        self.assertNotEqual(self.model.encode("<bos>", specials=True), self.model.encode("<bos>"))

    def test_leaving_the_loop_ends_it(self):
        for _ in self.session.chat(QUESTION, max_tokens=1000):
            break
        self.assertEqual(len(self.session.append([2])), self.model.vocab_size)

    def test_interrupt(self):
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        with self.assertRaises(KeyboardInterrupt):
            while True:  # a session that is never done
                for _ in self.session.chat(QUESTION, max_tokens=200, temperature=1.0):
                    pass
        self.assertEqual(len(self.session.append([2])), self.model.vocab_size)

    def test_interrupts_at_any_moment(self):
        for attempt in range(60):
            with self.model.session() as session:
                with self.assertRaises(KeyboardInterrupt):
                    threading.Timer(0.0007 * attempt, os.kill, (os.getpid(), signal.SIGINT)).start()
                    while True:
                        for _ in session.chat(QUESTION, max_tokens=2, temperature=1.0):
                            pass

    def test_errors(self):
        with self.assertRaisesRegex(facet.Error, "cannot open"):
            facet.Model("/nonexistent.facet")
        with self.assertRaisesRegex(facet.Error, "expected root digest"):
            facet.Model(ARTIFACT, root_digest=bytes(32))


unittest.main()
