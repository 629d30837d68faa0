"""Writes UnicodeTables.inc from what this Python's str methods do: python3 unicode_tables.py > UnicodeTables.inc

The template engine must agree with Python's str.upper, lower, title, isspace, isprintable and repr, so
the tables are read off Python itself, code point by code point.
"""
import sys
import unicodedata

ALL = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def ranges(predicate):
    out = []
    for c in range(0x110000):
        if not predicate(chr(c)):
            continue
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return out


def shifts(change):
    """Runs {first, last, delta, step} of characters that change into one other character."""
    out = []
    for c in ALL:
        to = change(chr(c))
        if len(to) != 1 or ord(to) == c:
            continue
        delta = ord(to) - c
        if out and out[-1][2] == delta:
            first, last, _, step = out[-1]
            gap = c - last
            if gap == step or (first == last and gap <= 2):
                out[-1] = [first, c, delta, gap]
                continue
        out.append([c, c, delta, 1])
    return out


def emit(declaration, items):
    print(declaration + " = {")
    line = "   "
    for item in items:
        if len(line) + len(item) + 2 > 110:
            print(line)
            line = "   "
        line += " " + item + ","
    print(line + "};\n")


def number(n):
    return hex(n) if n >= 0 else "-" + hex(-n)


def main():
    print(f"// Written by unicode_tables.py from Python {sys.version.split()[0]}, Unicode {unicodedata.unidata_version}; do not edit.\n")
    pair = lambda r: "{%s, %s}" % (hex(r[0]), hex(r[1]))
    emit("static const Range Spaces[]", map(pair, ranges(str.isspace)))
    emit("static const Range Unprintable[]", map(pair, ranges(lambda c: not c.isprintable())))
    ends_word = lambda s: s.lower()[-1] == "\u03c2"
    cased = lambda c: not 0xD800 <= ord(c) < 0xE000 and ends_word(c + "\u03a3")
    skipped = lambda c: not 0xD800 <= ord(c) < 0xE000 and not cased(c) and ends_word("a" + c + "\u03a3")
    emit("static const Range Cased[]", map(pair, ranges(cased)))
    emit("static const Range CaseIgnorable[]", map(pair, ranges(skipped)))
    # A title's first letter: str.title() on one character.
    for name, change in (("Upper", str.upper), ("Lower", str.lower)):
        emit(f"static const Shift {name}[]", ("{%s, %s, %s, %d}" % (hex(a), hex(b), number(d), s) for a, b, d, s in shifts(change)))
    title = [c for c in ALL if chr(c).title() != chr(c).upper()]
    quoted = lambda s: '"' + "".join("\\%03o" % b for b in s.encode()) + '"'
    full = lambda change, codes: ("{%s, %s}" % (hex(c), quoted(change(chr(c)))) for c in codes)
    emit("static const Full FullUpper[]", full(str.upper, [c for c in ALL if len(chr(c).upper()) > 1]))
    emit("static const Full FullLower[]", full(str.lower, [c for c in ALL if len(chr(c).lower()) > 1]))
    emit("/// Where a title's first letter is not the upper case.\nstatic const Full FullTitle[]", full(str.title, title))


main()
