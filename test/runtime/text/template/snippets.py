"""Small templates and what jinja2 makes of them: python3 snippets.py > snippets.json (needs jinja2).

The environment is the one in which Hugging Face renders chat templates. A snippet is a line of SNIPPETS, rendered with
CONTEXT; snippets.json gives for each its source and its text, or the message it raises, or that it fails.
"""
import json
import sys

from jinja2.exceptions import TemplateSyntaxError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

CONTEXT = {
    "s": "Hello, wörld", "empty": "", "n": None, "t": True, "f": False, "i": 42, "neg": -7, "big": 10**18,
    "huge": 2**70, "x": 1.5, "small": 1e-7, "large": 1e22, "zero": 0.0,
    "l": ["b", "A", "c", "a"], "nums": [3, 1, 2, 10], "mixed": [1, "a", None, True, 2.5, [1, 2], {"k": "v"}],
    "d": {"b": 1, "A": 2, "c": [1, {"z": None}], "a": "q'uote", "é": "\n"},
    "users": [{"name": "Zoe", "age": 3, "tag": {"x": 1}}, {"name": "adam", "age": 30}, {"name": "Bob", "age": 3, "tag": {"x": 0}}],
    "text": "  one two  three\tfour\n", "lines": "a\nb\r\nc\n\nd", "quote": "it's \"q\" \\ \x00\x1f\x7f\u00a0\u200b😀é",
    "case": "straße ﬁ ΌΔΟΣ ΟΔΟΣ, ǆ İı ΣΑΣ жЖ Ѐ ÿ ŉ ᾳ", "tag": "<a & 'b' \"c\">", "deep": [[1, [2, [3]]], []],
    "items": {"items": 5, "get": 6, "keys": 7},
}

SNIPPETS = r"""
{{ s }}|{{ n }}|{{ t }}|{{ f }}|{{ i }}|{{ x }}|{{ small }}|{{ large }}|{{ zero }}|{{ huge }}|{{ nope }}
{{ l }} {{ mixed }} {{ d }} {{ users }} {{ deep }}
{{ (1,) }} {{ (1, 'a') }} {{ () }} {{ [] }} {{ {} }} {{ {'a': 1, 2: 'b', none: true} }} {{ [nope] }}
{{ quote }} {{ [quote] }} {{ ["'"] }} {{ ['"'] }} {{ ["'\""] }}
{{ 1e16 }} {{ 1e15 }} {{ 123456789012345680.0 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1.0 }} {{ 100.0 }} {{ 5e-324 }} {{ 1.7976931348623157e308 }} {{ -0.0 }} {{ 1_000 }} {{ 0x1F }} {{ 0b101 }} {{ 0o17 }} {{ 12.5e3 }} {{ 1e3 }}
{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % -3 }} {{ -7 % 3 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 7 / 2 }} {{ 6 / 2 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 2 ** 3 ** 2 }} {{ -2 ** 2 }} {{ 1.0 * 3 }} {{ true + 1 }} {{ 5 - 3 - 1 }}
{{ 1 / 0 }}
{{ 1 // 0 }}
{{ 1.5 % 0 }}
{{ 'a' + 1 }}
{{ 'a' + none }}
{{ [1] + [2] }} {{ (1,) + (2,) }} {{ 'ab' * 3 }} {{ 3 * [1, 2] }} {{ 'a' * -1 }}
{{ [1] + (2,) }}
{{ 'a' ~ 1 ~ none ~ true ~ nope ~ [1] ~ 1.0 }}
{{ 1 ~ 2 + 3 }}
{{ 2 * 3 ~ 4 }} {{ 1 ~ 2 * 3 }} {{ '1' + 2 ~ 3 }}
{{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ 1 != 2 != 1 }}
{{ 1 < 'a' }}
{{ none < 1 }}
{{ 'ell' in s }} {{ 'x' not in s }} {{ 'b' in d }} {{ 'b' in l }} {{ 1 in nums }} {{ 1.0 in nums }} {{ nope in l }} {{ 'a' in nope }} {{ 2 in range(3) }} {{ none in mixed }}
{{ 1 in s }}
{{ 1 in 5 }}
{{ nope == nope2 }} {{ nope == none }} {{ none == false }} {{ '' == false }} {{ 0 == false }}
{{ t and 'yes' }} {{ f and 'yes' }} {{ '' or 'dflt' }} {{ not t }} {{ not '' and 1 }} {{ n or empty or 0 }}
{{ 'yes' if t }} {{ 'yes' if f }}| {{ 'a' if f else 'b' if f else 'c' }} {{ ('x' if f) is defined }}
{{ nope.attr }}
{{ nope['k'] }}
{{ d.nope }}|{{ d.nope is defined }}
{{ d.nope.x }}
{{ none.x }}|{{ (5).x }}|{{ 'abc'.x }}|{{ l.x }}
{{ nope() }}
{{ 'a'() }}
{{ d['b'] }} {{ d.A }} {{ d.c[1].z }} {{ d.c[0] }} {{ l[-1] }} {{ l[9] }}| {{ s[1] }} {{ s[-1] }} {{ s[99] }}| {{ d['c'][1]['z'] }} {{ l.0 }} {{ l[true] }}
{{ items.items is mapping }} {{ items['items'] }} {{ items.get('get') }} {{ d['items'] is mapping }} {{ d['items'] is defined }} {{ d['pop'] is defined }} {{ d['nope'] is defined }} {{ s['upper'] is defined }}
{{ s[1:4] }} {{ s[:5] }} {{ s[7:] }} {{ s[::-1] }} {{ s[::2] }} {{ s[-5:-1] }} {{ s[5:2] }}| {{ l[1:] }} {{ l[::-1] }} {{ l[:-1] }} {{ (1, 2, 3)[1:] }} {{ l[10:] }} {{ l[-10:2] }} {{ range(10)[2:5] | list }} {{ l[none:2] }} {{ s[3:1:-1] }}
{{ l[::0] }}
{{ l['a':] }}
{{ d[1:] }}
{{ n[1:] }}
{{ ' a b '.rsplit(none, 1) }}{{ 'a b '.split(none, 1) }}{{ ' a b '.split(none, 0) }}{{ ' a b '.rsplit(none, 0) }}
{{ s.upper() }} {{ s.lower() }} {{ s.title() }} {{ 'heLLo wOrld'.capitalize() }} {{ case.upper() }} {{ case.lower() }} {{ case.title() }} {{ case.capitalize() }}
{{ case | upper }} {{ case | lower }} {{ case | title }} {{ case | capitalize }}
{{ 'Σ' | lower }} {{ 'ΑΣ' | lower }} {{ 'ΑΣ.' | lower }} {{ 'ΑΣ.Β' | lower }} {{ "they're bill's" | title }} {{ "they're bill's".title() }} {{ 'x-y (z) [w' | title }}
{{ text.strip() }}| {{ text.lstrip() }}| {{ text.rstrip() }}| {{ 'xxaxx'.strip('x') }} {{ 'abcba'.strip('ab') }} {{ 'xxaxx'.lstrip('x') }} {{ 'xxaxx'.rstrip('x') }} {{ '\u3000a\u2003'.strip() }} {{ text | trim }}| {{ 'xax' | trim('x') }}
{{ text.split() }} {{ 'a,b,,c'.split(',') }} {{ 'a,b,c'.split(',', 1) }} {{ ''.split() }} {{ ''.split(',') }} {{ text.split(none, 1) }} {{ 'a b c'.rsplit(' ', 1) }} {{ 'a  b  c '.rsplit(none, 1) }} {{ 'a  b  c '.rsplit() }} {{ 'aXXbXXc'.split('XX') }} {{ 'a b c d'.split(maxsplit=2) }} {{ 'aaa'.split('a') }} {{ 'a,b,c'.rsplit(',') }} {{ 'aaaa'.rsplit('aa', 1) }}
{{ 'abc'.split('') }}
{{ lines.splitlines() }} {{ lines.splitlines(true) }} {{ 'a\u2028b\x0cc'.splitlines() }} {{ ''.splitlines() }}
{{ s.startswith('Hell') }} {{ s.endswith('rld') }} {{ s.startswith(('x', 'H')) }} {{ s.startswith('e', 1) }} {{ s.endswith('Hel', 0, 3) }} {{ ''.startswith('') }} {{ 'a'.startswith('ab') }} {{ s.startswith('') }}
{{ s.startswith(1) }}
{{ s.replace('l', 'L') }} {{ s.replace('l', 'L', 1) }} {{ 'abc'.replace('', '-') }} {{ 'abc'.replace('', '-', 2) }} {{ 'aaa'.replace('aa', 'b') }} {{ s | replace('l', 'LL') }} {{ s | replace('l', 'L', 2) }} {{ 5 | replace(5, 6) }} {{ ''.replace('', 'x') }}
{{ s.find('l') }} {{ s.find('zz') }} {{ s.rfind('l') }} {{ s.count('l') }} {{ 'aaaa'.count('aa') }} {{ s.index('w') }} {{ s.find('l', 4) }} {{ 'abc'.count('') }} {{ s.find('d') }} {{ 'aéa'.rfind('a') }} {{ 'abc'.find('', 5) }} {{ 'abc'.rfind('') }}
{{ s.index('zz') }}
{{ ','.join(l) }} {{ ''.join(['a', 'b']) }} {{ '-'.join('abc') }} {{ 'k'.join(d) }}
{{ ','.join(nums) }}
{{ 'TestCase'.removeprefix('Test') }} {{ 'TestCase'.removesuffix('Case') }} {{ 'abc'.removeprefix('x') }} {{ 'a=b=c'.partition('=') }} {{ 'a=b=c'.rpartition('=') }} {{ 'abc'.partition('=') }} {{ 'abc'.rpartition('=') }}
{{ '12'.isdigit() }} {{ ''.isdigit() }} {{ ' '.isspace() }} {{ 'AB'.isupper() }} {{ 'ab'.islower() }} {{ '1'.isupper() }} {{ 'a'.isascii() }}
{{ d.get('b') }} {{ d.get('zz') }} {{ d.get('zz', 5) }} {{ d.keys() }} {{ d.values() }} {{ d.items() }} {{ d.items() | list }} {{ d.keys() | list }} {{ d.copy() == d }}
{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for k in d %}{{ k }},{% endfor %}{% for v in d.values() %}{{ v }},{% endfor %}
{{ d.pop('b') }}
{{ d.update({'a': 1}) }}
{{ l.append(1) }}
{{ l.index('c') }} {{ l.count('a') }} {{ (1, 2, 1).count(1) }}
{{ l.index('zz') }}
{{ s.__class__ }}|
{{ s.__class__.__mro__ is defined }}
{{ l | length }} {{ s | length }} {{ d | length }} {{ nope | length }} {{ range(5) | length }} {{ l | count }} {{ d.items() | length }}
{{ 5 | length }}
{{ none | length }}
{{ l | map('upper') | length }}
{{ none | trim }} {{ 5 | upper }} {{ none | upper }} {{ nope | upper }}| {{ [1] | upper }} {{ true | lower }}
{{ nope | default('x') }} {{ n | default('x') }} {{ n | default('x', true) }} {{ '' | default('x', boolean=true) }} {{ nope | default }}| {{ nope | d(1) }} {{ 0 | d(1, true) }} {{ nope.x | default('x') if false else 1 }}
{{ nope.x | default('x') }}
{{ d | dictsort }} {{ d | dictsort(true) }} {{ {'b': 1, 'a': 2} | dictsort(by='value') }} {{ {'b': 1, 'a': 2} | dictsort(false, 'key', true) }} {{ {'B': 1, 'b': 2, 'a': 3} | dictsort }} {{ {} | dictsort }} {{ {'b': 1, 'B': 2} | dictsort(reverse=true) }}
{{ {1: 2, 'a': 3} | dictsort }}
{{ n | dictsort }}
{{ nope | dictsort }}
{{ l | join }} {{ l | join(', ') }} {{ nums | join('-') }} {{ mixed | join('|') }} {{ users | join(',', attribute='name') }} {{ 'abc' | join('.') }} {{ nope | join }}|
{{ l | first }} {{ l | last }} {{ [] | first }}| {{ [] | last }}| {{ s | first }} {{ s | last }} {{ '' | first }}| {{ d | first }} {{ d | last }} {{ range(3) | last }}
{{ ([] | first) is defined }}
{{ ([] | first).x }}
{{ l | list }} {{ s | list }} {{ d | list }} {{ range(3) | list }} {{ nope | list }} {{ (1, 2) | list }}
{{ 5 | list }}
{{ l | map('upper') | list }} {{ users | map(attribute='name') | list }}
{{ users | map(attribute='tag.x') | list }}
{{ users | map(attribute='nope', default=0) | list }} {{ users | map(attribute='tag', default='-') | list }} {{ l | map('replace', 'a', 'x') | list }} {{ l | map('length') | join }} {{ [[1, 2], [3]] | map('join', '-') | list }} {{ [[1, 2], [3]] | map(attribute=0) | list }} {{ none | map('upper') | list }}
{{ l | map('nope') | list }}
{{ mixed | select('string') | list }} {{ mixed | reject('none') | list }} {{ nums | select('gt', 2) | list }} {{ nums | select('>', 2) | list }} {{ nums | reject('in', [1, 2]) | list }} {{ mixed | select | list }} {{ users | selectattr('tag') | map(attribute='name') | list }} {{ users | selectattr('age', 'equalto', 3) | map(attribute='name') | list }} {{ users | rejectattr('age', 'eq', 3) | map(attribute='name') | list }} {{ users | selectattr('tag', 'defined') | list | length }} {{ nums | select('odd') | list }} {{ n | select | list }}
{{ l | sort }} {{ nums | sort }} {{ nums | sort(reverse=true) }} {{ l | sort(case_sensitive=true) }} {{ users | sort(attribute='name') | map(attribute='name') | list }} {{ users | sort(attribute='age,name') | map(attribute='name') | list }} {{ users | sort(attribute='age', reverse=true) | map(attribute='name') | list }} {{ 'hello' | sort }} {{ d | sort }} {{ ['a', 'A', 'b', 'B'] | sort }} {{ ['a', 'A', 'b', 'B'] | sort(true) }}
{{ mixed | sort }}
{{ ['a', 'A', 'b', 'a'] | unique | list }} {{ ['a', 'A'] | unique(true) | list }} {{ [1, 1.0, true, 2, none, none] | unique | list }} {{ users | unique(attribute='age') | map(attribute='name') | list }}
{{ nums | min }} {{ nums | max }} {{ l | min }} {{ l | max }} {{ [] | max }}| {{ nums | sum }} {{ users | sum(attribute='age') }} {{ [1.5, 2] | sum }} {{ users | max(attribute='age') }} {{ [[1], [2]] | sum(start=[]) }}
{{ s | reverse }} {{ l | reverse | list }} {{ nums | batch(3) | list }} {{ nums | batch(3, 0) | list }} {{ d | items | list }} {{ users | groupby('age') | list }}
{{ '12' | int }} {{ ' 12 ' | int }} {{ '1_000' | int }} {{ '12.7' | int }} {{ 'x' | int }} {{ 'x' | int(5) }} {{ 'ff' | int(base=16) }} {{ '0x1f' | int(0, 16) }} {{ 3.99 | int }} {{ -3.99 | int }} {{ true | int }} {{ none | int }} {{ '-5' | int }} {{ '' | int }} {{ '1__0' | int }} {{ [] | int(7) }} {{ '+5' | int }} {{ huge | int }} {{ '1e3' | int }}
{{ nope | int }}
{{ '1.5' | float }} {{ 'x' | float }} {{ 'x' | float(1.5) }} {{ 3 | float }} {{ '1e-7' | float }} {{ none | float }} {{ ' 2 ' | float }} {{ '-.5' | float }} {{ 'inf' | float }} {{ 'nan' | float }}
{{ 42.55 | round }} {{ 42.55 | round(1) }} {{ 42.55 | round(1, 'floor') }} {{ 42.55 | round(1, 'ceil') }} {{ 2.5 | round }} {{ 3.5 | round }} {{ 0.5 | round }} {{ 5 | round }} {{ 1.005 | round(2) }} {{ 2.675 | round(2) }} {{ 1234.5 | round(-2) }} {{ -5 | abs }} {{ -1.5 | abs }} {{ 5 | abs }}
{{ s | string }} {{ 5 | string ~ 5 }} {{ none | string }} {{ tag | escape }} {{ tag | e }} {{ s | safe }} {{ 'a b c' | wordcount }}
{{ lines | indent }} {{ lines | indent(2, true) }} {{ lines | indent('> ', first=true, blank=true) }} {{ '' | indent }}|
{{ '%s and %d' | format('a', 5) }} {{ '%05d|%-5s|%5s|%.2f|%x|%%|%+d' % (42, 'ab', 'cd', 3.14159, 255, 7) }} {{ '%s' % 'x' }} {{ '%r' % 'x' }} {{ '%s' % [1] }} {{ '%.2s' % 'abc' }} {{ '%i' % 3.7 }} {{ '%f' % 1 }}
{{ '%s %s' % 'a' }}
{{ '%d' % 'a' }}
{{ 'a' % 'b' }}
{{ d | tojson }} {{ mixed | tojson }} {{ quote | tojson }} {{ [1.0, 1e22, 1e-7, 100000000000000000.0] | tojson }} {{ [] | tojson }} {{ {} | tojson }} {{ (1, 2) | tojson }} {{ none | tojson }} {{ huge | tojson }}
{{ d | tojson(indent=2) }} {{ d | tojson(indent=0) }} {{ [] | tojson(indent=2) }} {{ [[], {}] | tojson(indent=1) }} {{ l | tojson(indent='--') }}
{{ d | tojson(sort_keys=true) }} {{ d | tojson(separators=(',', ':')) }} {{ quote | tojson(ensure_ascii=true) }} {{ {1: 2, true: 3, none: 4, 1.5: 5} | tojson }} {{ tag | tojson }} {{ d | tojson(true, 2, (', ', ' = '), true) }} {{ d | tojson(indent=none) }}
{{ nope | tojson }}
{{ range(3) | tojson }}
{{ s is string }} {{ d is string }} {{ d is mapping }} {{ l is mapping }} {{ l is sequence }} {{ s is sequence }} {{ d is sequence }} {{ n is sequence }} {{ nope is sequence }} {{ i is sequence }} {{ range(2) is sequence }} {{ (l | map('upper')) is sequence }} {{ d.items() is sequence }}
{{ l is iterable }} {{ s is iterable }} {{ i is iterable }} {{ d is iterable }} {{ nope is iterable }} {{ n is iterable }} {{ (l | map('upper')) is iterable }}
{{ t is boolean }} {{ i is boolean }} {{ i is number }} {{ t is number }} {{ x is number }} {{ s is number }} {{ i is integer }} {{ t is integer }} {{ x is integer }} {{ x is float }} {{ i is float }} {{ huge is integer }}
{{ n is none }} {{ nope is none }} {{ nope is defined }} {{ n is defined }} {{ nope is undefined }} {{ t is true }} {{ 1 is true }} {{ f is false }} {{ 0 is false }} {{ d.b is defined }}
{{ 1 is equalto 1 }} {{ 1 is eq(1) }} {{ 'a' is in ['a'] }} {{ 'a' is in 'abc' }} {{ 3 is odd }} {{ 4 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ 'AB' is upper }} {{ 'ab' is lower }} {{ 1 is sameas 1 }} {{ 1 is not none }} {{ not 1 is none }} {{ 1 is lt 2 }} {{ range is callable }} {{ 'upper' is filter }} {{ 'zz' is filter }} {{ 'defined' is test }}
{{ 1 is defined and 2 is defined }} {{ 'a' if 1 is none else 'b' }} {{ -1 is number }} {{ 1 + 1 is number }}
{% for i in nums %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }} {{ loop.previtem }}-{{ loop.nextitem }};{% endfor %}
{% for i in [] %}x{% else %}empty{% endfor %} {% for i in nope %}x{% else %}none{% endfor %} {% for i in [1] %}x{% else %}y{% endfor %}
{% for i in none %}x{% endfor %}
{% for i in 5 %}x{% endfor %}
{% for i in nums if i > 1 %}{{ i }}/{{ loop.length }}{{ ',' if not loop.last }}{% else %}none{% endfor %} {% for i in nums if i > 100 %}{{ i }}{% else %}none{% endfor %}
{% for i in range(10) %}{% if i == 3 %}{% continue %}{% endif %}{% if i == 6 %}{% break %}{% endif %}{{ i }}{% endfor %} {% for i in [1, 2] %}{% continue %}{% else %}E{% endfor %} {% for i in [1, 2] %}{% break %}{% else %}E{% endfor %} {% for i in [1, 2] %}{% if i == 2 %}{% break %}{% endif %}{% else %}E{% endfor %}
{% for a, b in [(1, 2), [3, 4], 'xy'] %}{{ a }}{{ b }} {% endfor %}{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% for a, b in [(1, 2, 3)] %}{{ a }}{% endfor %}
{% for a in [1] %}{% for b in [1, 2] %}{{ loop.index }}{{ loop.depth }}{% endfor %}{{ loop.index }}{% endfor %} {% for x in [1, 1, 2] %}{{ loop.changed(x) }}{{ loop.cycle('a', 'b') }}{% endfor %}
{% for i in range(5, 0, -2) %}{{ i }}{% endfor %} {{ range(3) }} {{ range(1, 3) }} {{ range(1, 10, 3) }} {{ range(5)[-1] }} {{ range(0) | list }} {{ range(10, 0) | list }}
{{ range(1000000) | length }}
{{ range('a') }}
{% set a = 1 %}{{ a }}{% set a, b = 2, 3 %}{{ a }}{{ b }}{% set c = 1, 2 %}{{ c }}{% for i in [1] %}{% set a = 9 %}{{ a }}{% endfor %}{{ a }}{% if true %}{% set a = 7 %}{% endif %}{{ a }}
{% set a, b = [1] %}
{% set ns = namespace(a=1, b='x') %}{% for i in nums %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }}{{ ns.b }}{{ ns.c }}|{{ ns['a'] }}{% set ns.c = 5 %}{{ ns.c }}{% set m = namespace({'z': 1}, y=2) %}{{ m.z }}{{ m.y }}
{% set d.x = 1 %}
{% set ns = namespace() %}{% set ns.x, y = 1, 2 %}{{ ns.x }}{{ y }}
{% set q %}a {{ i }} b{% endset %}[{{ q }}]{{ q | length }}{% set q | upper %}abc{{ s }}{% endset %}{{ q }}{% set q | replace('a', 'b') | upper %}aa{% endset %}{{ q }}
{% macro m(a, b=2, c=a) %}{{ a }}-{{ b }}-{{ c }};{% endmacro %}{{ m(1) }}{{ m(1, 3) }}{{ m(b=5, a=4) }}{{ m() }}{{ m(1, c=7) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}
{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}
{% macro fact(n) %}{% if n < 2 %}1{% else %}{{ n * (fact(n - 1) | int) }}{% endif %}{% endmacro %}{{ fact(10) }}
{% macro walk(v) %}{% if v is mapping %}{{ '{' }}{% for k, x in v | dictsort %}{{ k }}:{{ walk(x) }}{% endfor %}{{ '}' }}{% elif v is sequence and v is not string %}[{% for x in v %}{{ walk(x) }}{% endfor %}]{% else %}{{ v }}{% endif %}{% endmacro %}{{ walk(d) }}{{ walk(deep) }}{{ walk(mixed) }}
{% macro m() %}{{ later }}{{ i }}{% endmacro %}{{ m() }}{% set later = 1 %}{{ m() }}
{% macro m() %}x{% set inner = 1 %}{% endmacro %}{{ m() | upper }}{{ m() ~ m() }}{{ inner }}|{{ m }}
{% macro m() %}[{{ caller() }}]{% endmacro %}{% call m() %}body {{ i }}{% endcall %}{% macro w(x) %}{{ caller(x, 2) }}{% endmacro %}{% call(a, b) w(1) %}{{ a }}{{ b }}{% endcall %}
{% macro m() %}x{% endmacro %}{% call m() %}body{% endcall %}
{% filter upper %}abc {{ s }}{% endfilter %}{% filter replace('a', 'b') | upper %}aaa{% endfilter %}
{% with a = 1, b = i %}{{ a }}{{ b }}{% set a = 5 %}{{ a }}{% endwith %}{{ a }}|{% with %}{% set z = 1 %}{{ z }}{% endwith %}{{ z }}
{% if f %}1{% elif t %}2{% else %}3{% endif %}{% if not f and (t or f) %}y{% endif %}{% if nope %}a{% else %}b{% endif %}{% if [] %}a{% endif %}{% if d %}a{% endif %}{% if 0.0 %}a{% endif %}
{% raw %}{{ not }} {% if %} {# x #}{% endraw %} {%- raw -%}  x  {%- endraw -%}  y
a {# c #} b {#- c -#} c {#+ c +#} d
{{ 'a' 'b' "c" }} {{ "esc \n \t \x41 \u00e9 \U0001F600 \' \" \\ \q \101" }} {{ 'it\'s' }}
{{ {'a': {'b': {'c': 1}}}.a.b.c }} {{ {'a': 1}['a'] }} {{ [1, 2, 3][1] }} {{ 'abc'[1] }} {{ (1, 2)[0] }} {{ [1, 2,] }} {{ {'a': 1,} }} {{ (1, 2,) }}
{{ dict(a=1, b=2) }} {{ dict({'x': 1}, y=2) }} {{ dict() }}
{{ raise_exception('bad ' ~ i) }}
{{ raise_exception() }}
{% if f %}{{ raise_exception('no') }}{% endif %}ok
{{ -1 | abs }} {{ (-1) | abs }} {{ -i }} {{ +i }} {{ - - 1 }} {{ not not t }} {{ 1 if not f else 2 }}
{{ -'a' }}
{{ nope + 1 }}
{{ nope ~ 'a' }} {{ nope is defined or true }}
{{ l | attr('x') }}| {{ s | attr('upper') is callable }}
{{ 'ab' | map('upper') | list }} {{ l | map('upper') | map('lower') | join }} {{ (l | map('upper')) is defined }}
{{ [3, 1] | sort | first }} {{ users[0].name | upper | lower | length }} {{ (users | first).name }} {{ users[-1]['tag']['x'] }}
{{ loop }}| {% for i in [1] %}{{ loop.nope }}|{{ loop is defined }}{% endfor %}
{{ "a" if true else raise_exception('x') }} {{ f and raise_exception('x') }} {{ t or raise_exception('x') }}
{{ 5 == 5 and 6 in [6] and not 7 in [8] }} {{ 1 not in [2] }} {{ (1 in [1]) == true }} {{ 1 in [1] == true }}
{{ 10**18 * 10**18 == 1 if false else 'skip' }}
{{ 'x'.join(['a']) ~ '%s' }} {{ '100%' }} {{ 5 % 3 }}
{% for k, v in {'b': 1, 'a': {'d': 1}} | dictsort %}{{ k }}{{ v }}{% endfor %}
{{ ns }}{% set ns = namespace(x=1) %}{{ ns is mapping }}{{ ns is iterable }}{{ ns is defined }}{{ ns is sequence }}
{%- set x -%}  trimmed  {%- endset -%}[{{ x }}]
{{ 1.5 is number and 1.5 is float and 1 is not float }} {{ '' is string }}
{{ 1 is none is none }}
{{ 'a' is nosuchtest }}
{{ 'a' | nosuchfilter }}
{% nosuchtag %}
{% if t %}
{{ 'unclosed }}
{{ (1 }}
{{ 1 +  }}
{{ }}
{% for x of l %}{% endfor %}
{% endif %}
{# unclosed
{% raw %} unclosed
{% set 5 = 1 %}
{% set true = 1 %}
{{ a b }}
{{ {'a' 1} }}
{% break %}
{{ f(a=1, 2) }}
{% macro m(a=1, b) %}{% endmacro %}
{{ 1 ] }}
"""

BLOCKS = [
    "a\n  {% if t %}\n  b\n  {% endif %}\nc\n", "a\n  {%+ if t %}\n  b\n  {%- endif %}\n\n\nc\n\n", "{% if t +%}\nx{% endif %}\n",
    "  {{ i }}  \n  {{- i -}}  \n  x", "a\r\nb\rc\n{% if t %}\r\nd\r\n{% endif %}", "  {# c #}\n  x\n {#- c #}\n y {# d -#}\n z",
    "x {% if t %}  y  {% endif %} z", "{% for i in nums %}\n  {{ i }}\n{% endfor %}\n", "\n\n{%- set a = 1 -%}\n\n{{ a }}\n\n", "  {% raw %}\n a {{ b }}\n  {% endraw %}\nx",
    "{% set x %}\n a\n{% endset %}\n[{{ x }}]", "\t {% if t %}\tx{% endif %}\t\n", "a\n \u00a0 {% if t %}b{% endif %}", "{{ '{%' }} {{ '}}' }} {{ {'a': {'b': 1}}}}",
    "{% macro m(a) %}\n  {{ a }}\n{% endmacro %}\n{{ m(1) }}|{{ m(2) }}\n\n", "{%if t%}tight{%endif%}{{i}}{{-i-}}", "{%- for i in nums -%}\n {{ i }} \n{%- endfor -%}", "x\n{%- if t %} y{% endif -%}\n\n z",
    "", "\n", "\n\n", "plain { text } { { % %} }} #}", "{{ i }}\n", "{% if t %}\n\n\nx{% endif %}", "{{ '\n' ~ '\\\n' }}x", "{% if t -%}   \n  x{% endif %}", "   {{ i }}", "{#-#}a{#--#}b", "{{+ i }}", "a {{+ i }} b",
    "{% set x = {'a': [1, {'b': '}}'}]} %}{{ x.a[1].b }}",
]


def main():
    def raise_exception(message):
        raise ValueError("raised", message)

    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    env.filters["tojson"] = lambda x, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    env.globals["raise_exception"] = raise_exception
    out = []
    for source in SNIPPETS.strip("\n").split("\n") + BLOCKS:
        case = {"source": source}
        try:
            case["text"] = env.from_string(source).render(**json.loads(json.dumps(CONTEXT)))
        except TemplateSyntaxError:
            case["fails"] = "syntax"
        except ValueError as e:
            if e.args[0] == "raised":
                case["raises"] = e.args[1]
            else:
                case["fails"] = type(e).__name__
        except Exception as e:
            case["fails"] = type(e).__name__
        out.append(case)
    json.dump({"context": CONTEXT, "snippets": out}, sys.stdout, ensure_ascii=False, indent=0)
    print()


main()
